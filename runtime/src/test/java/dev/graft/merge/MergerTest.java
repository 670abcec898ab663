package dev.graft.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.adapter.Adapter;
import dev.graft.export.Bundle;
import dev.graft.export.ExportOptions;
import dev.graft.export.Task;
import dev.graft.onnx.Model;
import dev.graft.onnx.io.OnnxReader;
import dev.graft.session.TinyBundles;
import dev.graft.testmodels.TinyEncoders;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MergerTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(TinyEncoders.Style.class)
  void theMergedModelAnswersAsTheAdapterDoes(TinyEncoders.Style style) throws IOException {
    Bundle bundle = TinyBundles.export(folder, style);
    Adapter adapter = TinyBundles.adapter(bundle, 4, 4, 3, "query", "value", "dense");
    Path target = folder.resolve("merged");

    MergeReport report =
        Merger.merge(bundle, adapter, target, MergeOptions.of(MergeOptions.Precision.FP32));

    assertTrue(report.largestDifference() < 1e-4, report::toString);
    assertEquals(0, report.labelChanges());
    Model merged = OnnxReader.read(report.model());
    assertEquals(List.of("logits"), merged.graph().outputNames());
    assertEquals(bundle.manifest().baseInputs(), merged.graph().inputNames());
    assertEquals(
        "label2",
        new JsonMapper()
            .readTree(target.resolve("config.json").toFile())
            .at("/id2label/2")
            .asText());
    assertTrue(Files.exists(target.resolve("tokenizer.json")));
  }

  @Test
  void halfPrecisionHalvesTheFileAndStaysClose() throws IOException {
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.TORCHSCRIPT);
    Adapter adapter = TinyBundles.adapter(bundle, 4, 4, 3, "query", "value");

    MergeReport full =
        Merger.merge(
            bundle, adapter, folder.resolve("full"), MergeOptions.of(MergeOptions.Precision.FP32));
    MergeReport half =
        Merger.merge(
            bundle, adapter, folder.resolve("half"), MergeOptions.of(MergeOptions.Precision.FP16));

    assertTrue(half.sizeBytes() < 0.7 * full.sizeBytes(), half + " " + full);
    assertTrue(half.largestDifference() < 0.1, half::toString);
    assertTrue(half.largestDifference() > full.largestDifference());
  }

  @Test
  void aFeatureExtractionBundleMergesToEmbeddings() throws IOException {
    Bundle bundle =
        TinyBundles.export(
            folder, TinyEncoders.Style.DYNAMO, ExportOptions.of(Task.FEATURE_EXTRACTION));
    Adapter adapter = TinyBundles.adapter(bundle, 4, 4, 3, "query", "value");

    MergeReport report =
        Merger.merge(
            bundle,
            adapter,
            folder.resolve("merged"),
            MergeOptions.of(MergeOptions.Precision.FP32));

    assertTrue(
        report.maxAbsDiff().containsKey("embedding") && report.largestDifference() < 1e-4,
        report::toString);
  }

  @Test
  void anExistingTargetIsLeftAlone() throws IOException {
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.DYNAMO);
    Adapter adapter = TinyBundles.adapter(bundle, 4, 4, 3, "query");
    Path target = Files.createDirectory(folder.resolve("merged"));
    assertThrows(
        FileAlreadyExistsException.class,
        () -> Merger.merge(bundle, adapter, target, MergeOptions.of(MergeOptions.Precision.FP32)));
    assertEquals(0, count(target));
  }

  @Test
  void aMergeThatDiffersTooMuchLeavesNothing() throws IOException {
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.DYNAMO);
    Adapter adapter = TinyBundles.adapter(bundle, 4, 4, 3, "query");
    Path target = folder.resolve("merged");
    MergeOptions strict = new MergeOptions(MergeOptions.Precision.FP32, List.of("a text"), -1);
    assertThrows(MergeException.class, () -> Merger.merge(bundle, adapter, target, strict));
    assertFalse(Files.exists(target));
    assertEquals(2, count(folder));
  }

  private static long count(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.count();
    }
  }
}
