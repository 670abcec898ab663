package dev.graft.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.BundleGraph;
import dev.graft.export.ExportOptions;
import dev.graft.export.Task;
import dev.graft.inject.GradientCheckpointing;
import dev.graft.inject.GradientOrder;
import dev.graft.onnx.Graph;
import dev.graft.onnx.check.GraphChecker;
import dev.graft.ort.OrtModel;
import dev.graft.ort.SessionSettings;
import dev.graft.testmodels.TinyCheckpoint;
import dev.graft.testmodels.TinyCheckpoints;
import dev.graft.testmodels.TinyEncoders;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Training graphs that compute their layers twice, on ONNX Runtime with all its optimizers. */
class GradientCheckpointingTest {
  private static final SessionSettings ONE_THREAD =
      SessionSettings.defaults().withIntraOpThreads(1);

  @TempDir Path folder;

  static List<String> decoders() {
    return TinyCheckpoints.DECODERS;
  }

  static List<String> encoders() {
    return TinyCheckpoints.ENCODERS;
  }

  private Bundle bundle(TinyCheckpoint checkpoint, Task task) throws IOException {
    return BundleExporter.export(
            checkpoint.write(folder.resolve("checkpoint")),
            Optional.empty(),
            ExportOptions.of(task),
            folder.resolve("bundle"))
        .bundle();
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void aDecoderHasTheSameLossAndGradients(String family) throws IOException {
    Bundle bundle = bundle(TinyCheckpoints.of(family), Task.TEXT_GENERATION);
    Set<String> all = Set.copyOf(bundle.manifest().slotModules());
    assertSame(bundle, BundleGraph.TRAINING, all, BasePrecision.FP32);
    assertSame(bundle, BundleGraph.PREFIX_TRAINING, Set.of(), BasePrecision.FP32);
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void anEncoderHasTheSameLossAndGradients(String family) throws IOException {
    Bundle bundle = bundle(TinyCheckpoints.of(family), Task.TEXT_CLASSIFICATION);
    Set<String> all = Set.copyOf(bundle.manifest().slotModules());
    assertSame(bundle, BundleGraph.TRAINING, all, BasePrecision.FP32);
  }

  @ParameterizedTest
  @EnumSource(TinyEncoders.Style.class)
  void anExportedEncoderHasTheSameLossAndGradients(TinyEncoders.Style style) throws IOException {
    Bundle bundle = TinyBundles.export(folder, style);
    Set<String> all = Set.copyOf(bundle.manifest().slotModules());
    assertSame(bundle, BundleGraph.TRAINING, all, BasePrecision.FP32);
  }

  @Test
  void someSlotsOverAQuantizedBaseHaveTheSameLossAndGradients() throws IOException {
    TinyCheckpoint wide =
        TinyCheckpoints.of("llama").with("hidden_size", 128).with("num_hidden_layers", 3);
    Bundle bundle = bundle(wide, Task.TEXT_GENERATION);
    Set<String> some =
        bundle.manifest().slotModules().stream()
            .filter(slot -> slot.contains("layers.1") && slot.endsWith("_proj"))
            .collect(Collectors.toSet());
    assertSame(bundle, BundleGraph.TRAINING, some, BasePrecision.INT8);
  }

  /**
   * As written, the same operators run on the same numbers, and every bit is the same. ONNX Runtime
   * fuses some of the first computation when the backward pass does not read what is inside.
   */
  private static void assertSame(
      Bundle bundle, BundleGraph graph, Set<String> slots, BasePrecision precision)
      throws IOException {
    SessionSettings plain = ONE_THREAD.withOptimization(SessionSettings.Optimization.NONE);
    assertSame(bundle, graph, slots, precision, plain, 0);
    assertSame(bundle, graph, slots, precision, ONE_THREAD, 5e-6f);
  }

  private static void assertSame(
      Bundle bundle,
      BundleGraph graph,
      Set<String> slots,
      BasePrecision precision,
      SessionSettings settings,
      float tolerance)
      throws IOException {
    try (BundleSessions sessions = BundleSessions.of(bundle);
        OrtModel once = sessions.open(graph, slots, List.of(), precision, settings);
        OrtModel twice =
            sessions.open(
                graph,
                slots,
                List.of(),
                precision,
                GradientCheckpointingTest::rewritten,
                settings);
        StepFeeds feeds = StepFeeds.of(once, 2, 9)) {
      Map<String, float[]> expected = feeds.run(once);
      Map<String, float[]> found = feeds.run(twice);
      assertEquals(expected.keySet(), found.keySet());
      expected.forEach(
          (name, values) -> {
            float largest = 0;
            for (float value : values) {
              largest = Math.max(largest, Math.abs(value));
            }
            assertTrue(largest > 0, name + " is zero");
            float[] again = Objects.requireNonNull(found.get(name));
            for (int i = 0; i < values.length; i++) {
              assertEquals(values[i], again[i], tolerance * largest, name);
            }
          });
    }
  }

  private static Graph rewritten(Graph training) {
    Graph graph = GradientOrder.earlyFirst(GradientCheckpointing.apply(training));
    GraphChecker.check(graph);
    return graph;
  }

  @Test
  void eachLayerButTheLastRunsAgainWhenTheOneAboveItIsDone() throws IOException {
    int layers = 4;
    Bundle bundle =
        bundle(TinyCheckpoints.of("llama").with("num_hidden_layers", layers), Task.TEXT_GENERATION);
    List<String> ran = ranNodes(bundle);
    List<Integer> again = new ArrayList<>();
    for (int layer = 0; layer < layers - 1; layer++) {
      String softmax = "/model/layers.%d/self_attn/Softmax".formatted(layer);
      assertTrue(ran.contains(softmax), softmax);
      again.add(ran.indexOf(softmax + "/again"));
      List<Integer> own =
          positions(ran, "/model/layers.%d/".formatted(layer), name -> name.endsWith("/again"));
      List<Integer> above =
          positions(ran, "grad//model/layers.%d/".formatted(layer + 1), name -> true);
      assertTrue(own.size() > 10, () -> "too little of a layer runs again: " + own.size());
      assertTrue(
          min(own) > max(above), () -> "a layer runs again before the gradient is there: " + ran);
    }
    assertTrue(
        ran.stream().noneMatch(n -> n.contains("layers.3") && n.endsWith("/again")), ran::toString);
    assertTrue(again.get(0) > again.get(1) && again.get(1) > again.get(2), again::toString);
  }

  @Test
  void theLossAndTheGradientsOfUpperLayersComeFirst() throws IOException {
    Bundle bundle =
        bundle(TinyCheckpoints.of("llama").with("num_hidden_layers", 3), Task.TEXT_GENERATION);
    List<String> ran = ranNodes(bundle);
    int loss = ran.indexOf("GatherElements");
    List<Integer> top = positions(ran, "grad//model/layers.1/", name -> true);
    assertTrue(loss >= 0 && loss < min(top), () -> "loss at " + loss + " in " + ran);
    // The products that give A and B their gradients, in the order of the layers they belong to.
    List<Integer> factors = positions(ran, "grad/MatMul_", name -> name.endsWith("FusedMatMul_1"));
    List<Integer> last = positions(ran, "grad//model/layers.0/", name -> true);
    long early = factors.stream().filter(i -> i < min(last)).count();
    assertTrue(early >= factors.size() / 2, () -> early + " of " + factors);
  }

  /** The names of the nodes in the order in which they ran. */
  private List<String> ranNodes(Bundle bundle) throws IOException {
    Set<String> all = Set.copyOf(bundle.manifest().slotModules());
    try (BundleSessions sessions = BundleSessions.of(bundle);
        OrtModel model =
            sessions.open(
                BundleGraph.TRAINING,
                all,
                List.of(),
                BasePrecision.FP32,
                GradientCheckpointingTest::rewritten,
                ONE_THREAD.withProfiling(folder.resolve("profile").toString()));
        StepFeeds feeds = StepFeeds.of(model, 2, 9)) {
      feeds.run(model);
      return RunOrder.of(model);
    }
  }

  private static List<Integer> positions(List<String> names, String start, Predicate<String> and) {
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i).startsWith(start) && and.test(names.get(i))) {
        found.add(i);
      }
    }
    return found;
  }

  private static int min(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).min().orElseThrow();
  }

  private static int max(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).max().orElseThrow();
  }

  @Test
  void refusesAGraphOfOneLayer() throws IOException {
    Bundle bundle =
        bundle(TinyCheckpoints.of("llama").with("num_hidden_layers", 1), Task.TEXT_GENERATION);
    Graph graph = bundle.model(BundleGraph.TRAINING).graph();
    assertThrows(
        GradientCheckpointing.NothingToRepeatException.class,
        () -> GradientCheckpointing.apply(graph));
  }
}
