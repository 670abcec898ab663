package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files written by earlier versions stay readable for ever: nothing under {@code formats/} is ever
 * rewritten.
 */
class OldFilesTest {
  @TempDir Path folder;

  private static Path resource(String name) throws URISyntaxException {
    URL url = Objects.requireNonNull(OldFilesTest.class.getResource("/formats/1/" + name), name);
    return Path.of(url.toURI());
  }

  @Test
  void readsAPeftDirectoryOfVersion1() throws Exception {
    LoadedAdapter loaded = new PeftFormat().load(resource("peft"), ReadOptions.strict());
    assertEquals(Samples.classifier(), loaded.adapter());
    assertEquals(List.of(), loaded.warnings());
    assertEquals(
        "sha256:42c6854c85618aff2dab1c3da5a7188b1245e39be55b87046d55f90e95aa81d9",
        loaded.adapter().digest());
  }

  @Test
  void readsAPrefixOfVersion1() throws Exception {
    LoadedAdapter loaded = new PeftFormat().load(resource("prefix"), ReadOptions.strict());
    assertEquals(Samples.prefix(1), loaded.adapter());
    assertEquals(List.of(), loaded.warnings());
  }

  @Test
  void readsAnOnnxAdapterOfVersion1() throws Exception {
    LoadedAdapter loaded =
        new OnnxAdapterFormat().load(resource("classifier.onnx_adapter"), ReadOptions.strict());
    assertEquals(Samples.record(), loaded.adapter().record());
    assertEquals(Samples.classifier().saved(), loaded.adapter().saved());
    assertEquals(
        "sha256:512d8b8c47944c592671ccf4ce7bd9468cd535710547bea9a8cb5479a618c9f2",
        loaded.adapter().digest());
  }

  @Test
  void stillWritesTheSameBytes() throws Exception {
    new PeftFormat().write(Samples.classifier(), folder.resolve("peft"));
    new OnnxAdapterFormat().write(Samples.classifier(), folder.resolve("classifier.onnx_adapter"));
    new PeftFormat().write(Samples.prefix(1), folder.resolve("prefix"));
    for (String name :
        List.of(
            "peft/adapter_config.json",
            "peft/adapter_model.safetensors",
            "peft/graft.json",
            "prefix/adapter_config.json",
            "prefix/adapter_model.safetensors",
            "prefix/graft.json",
            "classifier.onnx_adapter",
            "classifier.onnx_adapter.graft.json")) {
      assertArrayEquals(
          Files.readAllBytes(resource(name)), Files.readAllBytes(folder.resolve(name)), name);
    }
    try (Stream<Path> written = Files.walk(folder)) {
      assertEquals(8, written.filter(Files::isRegularFile).count());
    }
  }
}
