package dev.graft.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.BundleGraph;
import dev.graft.export.ExportOptions;
import dev.graft.export.Task;
import dev.graft.inject.QuantizedBase;
import dev.graft.inject.QuantizedWeights;
import dev.graft.onnx.Model;
import dev.graft.onnx.io.OnnxWriter;
import dev.graft.ort.ModelSource;
import dev.graft.ort.NativeHandles;
import dev.graft.ort.OrtFailure;
import dev.graft.ort.OrtModel;
import dev.graft.ort.OrtRuntime;
import dev.graft.ort.SessionSettings;
import dev.graft.testmodels.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the weights of an int8 base lie in memory. */
class QuantizedSessionsTest {
  private static final SessionSettings SETTINGS = SessionSettings.defaults().withIntraOpThreads(1);

  @TempDir Path folder;
  private Bundle bundle;

  @BeforeEach
  void export() throws IOException {
    Path checkpoint = TinyCheckpoints.of("llama").write(folder.resolve("checkpoint"));
    bundle =
        BundleExporter.export(
                checkpoint,
                Optional.empty(),
                ExportOptions.of(Task.TEXT_GENERATION),
                folder.resolve("bundle"))
            .bundle();
  }

  @Test
  void graphsOfOneBundleShareThem() throws IOException {
    long before = weights();
    try (BundleSessions sessions = BundleSessions.of(bundle);
        OrtModel first = open(sessions)) {
      long ofOne = weights();
      assertTrue(ofOne > before, "nothing was quantized");
      try (OrtModel second = open(sessions)) {
        assertEquals(first.inputNames(), second.inputNames());
        assertEquals(ofOne, weights());
      }
    }
    assertEquals(before, weights());
  }

  @Test
  void aGraphWithoutThemIsRefusedInsteadOfComputingWithOtherBytes() throws IOException {
    QuantizedWeights kept = new QuantizedWeights();
    Model model = bundle.model(BundleGraph.INFERENCE);
    model = model.withGraph(QuantizedBase.apply(model.graph(), true, kept));
    Set<String> names =
        model.graph().initializers().entrySet().stream()
            .filter(entry -> kept.holds(entry.getValue()))
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    byte[] graph = OnnxWriter.toBytes(model, bundle.directory(), names, Bundle.WEIGHTS_FILE);
    ModelSource source = ModelSource.of("alone", graph).withFolder(bundle.directory());
    OrtFailure failure =
        assertThrows(OrtFailure.class, () -> OrtRuntime.open(source, SETTINGS).close());
    assertTrue(names.stream().anyMatch(failure.toString()::contains), failure::toString);
  }

  private OrtModel open(BundleSessions sessions) throws IOException {
    return sessions.open(BundleGraph.INFERENCE, Set.of(), List.of(), BasePrecision.INT8, SETTINGS);
  }

  private static long weights() {
    return NativeHandles.describeOpen().stream().filter(h -> h.startsWith("INT8 tensor")).count();
  }
}
