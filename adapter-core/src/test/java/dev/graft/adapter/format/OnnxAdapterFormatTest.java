package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.flatbuffers.FlatBufferBuilder;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

class OnnxAdapterFormatTest extends AdapterFormatContract {
  @Override
  AdapterFormat format() {
    return new OnnxAdapterFormat();
  }

  @Override
  Path tensorFile(Path path) {
    return path;
  }

  @Test
  void transposesAndFoldsTheScaleIntoB() throws IOException {
    Path path = folder.resolve("a.onnx_adapter");
    format().write(Samples.classifier(), path);
    SortedMap<String, FloatTensor> tensors = OnnxAdapterFile.read(path);
    LoraWeights weights = Samples.weights(2, 2, 5, 6);
    assertEquals(weights.a().transposed(), tensors.get(Samples.VALUE + ".lora_A.weight"));
    assertEquals(weights.b().transposed().scaled(2), tensors.get(Samples.VALUE + ".lora_B.weight"));
    assertEquals(Samples.tensor(3, 2, 5), tensors.get("classifier.weight"));
  }

  @Test
  void convertsToPeftWithRanksThatPythonUnderstands() throws IOException {
    Path path = folder.resolve("a.onnx_adapter");
    format().write(Samples.classifier(), path);
    Adapter read = format().read(path);
    Path peft = folder.resolve("peft");
    new PeftFormat().write(read, peft);
    assertEquals(read, new PeftFormat().read(peft));
    LoraConfig config = (LoraConfig) read.config();
    assertEquals(1, config.scaleOf(Samples.QUERY));
    assertTrue(
        config.rankPattern().keySet().stream().noneMatch(key -> key.contains("\\Q")),
        config.toString());
  }

  @Test
  void refusesASidecarOfAnotherFile() throws IOException {
    Path path = folder.resolve("a.onnx_adapter");
    format().write(Samples.classifier(), path);
    Path other = folder.resolve("b.onnx_adapter");
    format().write(Samples.plain(), other);
    Files.copy(other, path, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    refused(path, "adapterFileDigest", "delete the sidecar");
  }

  @Test
  void refusesFanInFanOut() {
    LoraConfig config =
        ((LoraConfig) Samples.plain().config()).toBuilder().fanInFanOut(true).build();
    Adapter adapter =
        Adapter.of(config, Samples.plain().weights(), Map.of(), Samples.plain().record());
    assertThrows(
        IllegalArgumentException.class,
        () -> format().write(adapter, folder.resolve("x.onnx_adapter")));
  }

  @Test
  void refusesAScaleThatOverflows() {
    LoraConfig config = ((LoraConfig) Samples.plain().config()).toBuilder().alpha(1e39).build();
    Adapter adapter =
        Adapter.of(config, Samples.plain().weights(), Map.of(), Samples.plain().record());
    assertThrows(
        IllegalArgumentException.class,
        () -> format().write(adapter, folder.resolve("x.onnx_adapter")));
  }

  @Test
  void refusesAnotherFormatVersion() throws IOException {
    refused(file(2, 1, "m", List.of(1L, 1L), 4), "format version 2");
  }

  @Test
  void refusesTypesThatAreNotFloats() throws IOException {
    refused(file(1, 8, "m.lora_A.weight", List.of(1L, 1L), 4), "ONNX data type 8");
  }

  @Test
  void refusesDimensionsLargerThanTheData() throws IOException {
    refused(file(1, 1, "m.lora_A.weight", List.of(1000L, 1000L), 4), "4 bytes of data", "4000000");
  }

  @Test
  void refusesOverflowAndNegativeDimensions() throws IOException {
    refused(file(1, 1, "m", List.of(1L << 62, 4L), 0), "overflows");
    refused(file(1, 1, "m", List.of(-1L, -4L), 16), "negative");
  }

  @Test
  void refusesOneFactorAlone() throws IOException {
    refused(file(1, 1, "m.lora_A.weight", List.of(1L, 1L), 4), "m.lora_B.weight", "missing");
  }

  @Test
  void refusesAFileWithoutTensors() throws IOException {
    Path path = folder.resolve("empty.onnx_adapter");
    OnnxAdapterFile.write(path, new java.util.TreeMap<>(Map.of()), TensorDtype.F32);
    refused(path, "empty");
  }

  @Test
  void refusesNamesGivenTwice() throws IOException {
    refused(file(1, 1, "same", List.of(1L), 4, "same"), "same", "twice");
  }

  @Test
  void refusesADirectoryAndAnotherKindOfFile() throws IOException {
    refused(Files.createDirectory(folder.resolve("d.onnx_adapter")), "regular file");
    refused(Files.writeString(folder.resolve("t.onnx_adapter"), "some text file"), "TORT");
  }

  private void refused(Path path, String... parts) {
    AdapterFormatException e =
        assertThrows(AdapterFormatException.class, () -> format().read(path));
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
  }

  private Path file(int version, int type, String name, List<Long> dims, int bytes, String... more)
      throws IOException {
    FlatBufferBuilder builder = new FlatBufferBuilder(256);
    int[] parameters = new int[1 + more.length];
    for (int i = 0; i < parameters.length; i++) {
      byte[] ones = new byte[bytes];
      java.util.Arrays.fill(ones, (byte) 1);
      builder.startVector(1, bytes, 8);
      for (byte one : ones) {
        builder.addByte(one);
      }
      int data = builder.endVector();
      builder.startVector(8, dims.size(), 8);
      for (int d = dims.size() - 1; d >= 0; d--) {
        builder.addLong(dims.get(d));
      }
      int shape = builder.endVector();
      int nameAt = builder.createString(i == 0 ? name : more[i - 1]);
      builder.startTable(4);
      builder.addOffset(0, nameAt, 0);
      builder.addOffset(1, shape, 0);
      builder.addInt(2, type, 0);
      builder.addOffset(3, data, 0);
      parameters[i] = builder.endTable();
    }
    int list = builder.createVectorOfTables(parameters);
    builder.startTable(4);
    builder.addInt(0, version, 0);
    builder.addOffset(3, list, 0);
    builder.finish(builder.endTable(), "TORT");
    Path path = folder.resolve(name + version + type + bytes + ".onnx_adapter");
    Files.write(path, builder.sizedByteArray());
    return path;
  }
}
