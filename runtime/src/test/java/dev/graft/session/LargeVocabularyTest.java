package dev.graft.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.BundleGraph;
import dev.graft.export.ExportOptions;
import dev.graft.export.Task;
import dev.graft.inject.GradientOrder;
import dev.graft.ort.OrtModel;
import dev.graft.ort.SessionSettings;
import dev.graft.testmodels.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A decoder whose head is computed in parts, most of which are empty for a few labels. */
class LargeVocabularyTest {
  private static final int VOCABULARY = 20_000;
  private static final SessionSettings ONE_THREAD =
      SessionSettings.defaults().withIntraOpThreads(1);

  @TempDir Path folder;

  private Bundle bundle() throws IOException {
    return BundleExporter.export(
            TinyCheckpoints.of("llama")
                .with("vocab_size", VOCABULARY)
                .with("hidden_size", 64)
                .write(folder.resolve("checkpoint")),
            Optional.empty(),
            ExportOptions.of(Task.TEXT_GENERATION),
            folder.resolve("bundle"))
        .bundle();
  }

  private static Map<String, float[]> run(
      Bundle bundle, BundleGraph graph, BasePrecision precision, int rows, int tokens)
      throws IOException {
    Set<String> slots = Set.copyOf(bundle.manifest().slotModules());
    List<String> outputs = graph == BundleGraph.EVAL ? List.of("loss") : List.of();
    try (BundleSessions sessions = BundleSessions.of(bundle);
        OrtModel model = sessions.open(graph, slots, outputs, precision, ONE_THREAD);
        StepFeeds feeds = StepFeeds.of(model, rows, tokens)) {
      return feeds.run(model);
    }
  }

  private static float loss(Map<String, float[]> outputs) {
    return Objects.requireNonNull(outputs.get("loss"))[0];
  }

  @Test
  void emptyPartsOfTheHeadAddNothing() throws IOException {
    Bundle bundle = bundle();
    Map<String, float[]> training = run(bundle, BundleGraph.TRAINING, BasePrecision.FP32, 2, 9);
    Map<String, float[]> int8 = run(bundle, BundleGraph.TRAINING, BasePrecision.INT8, 2, 9);
    for (Map.Entry<String, float[]> entry : int8.entrySet()) {
      for (float value : entry.getValue()) {
        assertTrue(Float.isFinite(value), entry::getKey);
      }
    }
    assertEquals(loss(training), loss(int8), 0.05 * loss(training));
  }

  @Test
  void evaluationAndTrainingAgreeOnTheLossWhereSeveralPartsAreFull() throws IOException {
    Bundle bundle = bundle();
    Map<String, float[]> training = run(bundle, BundleGraph.TRAINING, BasePrecision.FP32, 40, 30);
    Map<String, float[]> eval = run(bundle, BundleGraph.EVAL, BasePrecision.FP32, 40, 30);
    assertEquals(loss(eval), loss(training), 1e-6 * loss(eval));
  }

  @Test
  void onePartOfTheHeadIsDoneBeforeTheNextBegins() throws IOException {
    Bundle bundle = bundle();
    Set<String> slots =
        bundle.manifest().slotModules().stream()
            .filter(slot -> slot.endsWith("q_proj"))
            .collect(Collectors.toSet());
    SessionSettings profiled = ONE_THREAD.withProfiling(folder.resolve("profile").toString());
    try (BundleSessions sessions = BundleSessions.of(bundle);
        OrtModel model =
            sessions.open(
                BundleGraph.TRAINING,
                slots,
                List.of(),
                BasePrecision.FP32,
                GradientOrder::earlyFirst,
                profiled);
        StepFeeds feeds = StepFeeds.of(model, 2, 9)) {
      feeds.run(model);
      List<String> ran =
          RunOrder.of(model).stream()
              .filter(name -> name.startsWith("Softmax") || name.startsWith("ScatterElements"))
              .map(name -> name.replaceAll("_.*", ""))
              .toList();
      assertEquals(32, ran.size(), ran::toString);
      for (int i = 0; i < ran.size(); i++) {
        assertEquals(i % 2 == 0 ? "Softmax" : "ScatterElements", ran.get(i), ran::toString);
      }
    }
  }
}
