package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.Probe;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.export.Bundle;
import dev.graft.export.ExportOptions;
import dev.graft.export.Task;
import dev.graft.infer.Engine;
import dev.graft.infer.EngineOptions;
import dev.graft.infer.Prediction;
import dev.graft.infer.Request;
import dev.graft.ort.NativeHandles;
import dev.graft.session.TinyBundles;
import dev.graft.testmodels.Domain;
import dev.graft.testmodels.TinyEncoders.Style;
import dev.graft.train.TinyRun.StopAfter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  @TempDir Path folder;

  private static TrainingOptions options() {
    return TrainingOptions.builder()
        .rank(4)
        .alpha(8)
        .targets(TargetModules.suffixes("query", "value"))
        .learningRate(0.02)
        .batchSize(16)
        .maxSteps(OptionalInt.of(40))
        .threads(OptionalInt.of(1))
        .build();
  }

  private TrainingData data() throws IOException {
    Domain.BANKING.write(folder);
    return TrainingData.of(folder.resolve(Domain.BANKING.trainFile()))
        .withEval(folder.resolve(Domain.BANKING.testFile()));
  }

  @Test
  void trainsAnAdapterThatTheEngineServesAsTrainingSawIt() throws IOException {
    long handles = NativeHandles.openCount();
    for (Style style : Style.values()) {
      Path own = folder.resolve(style.name());
      Bundle bundle = TinyBundles.export(own, style);
      Path run = own.resolve("run");
      TrainingResult result =
          Trainer.train(
              bundle,
              TrainingData.of(data().train()),
              options().toBuilder().learningRate(0.01).maxSteps(OptionalInt.of(300)).build(),
              run,
              TrainingListener.none(),
              StopSignal.never());
      assertTrue(result.lastLoss() < 0.5, "the last loss is %s".formatted(result.lastLoss()));
      Adapter adapter = new PeftFormat().read(run.resolve("adapter"));
      assertEquals(Optional.of(bundle.manifest().baseDigest()), adapter.record().baseDigest());
      try (Engine engine = Engine.open(bundle, EngineOptions.defaults())) {
        engine.load("mine", adapter);
        for (Probe probe : adapter.record().probes()) {
          Request request = new Request(probe.text(), Optional.of("mine"));
          Prediction prediction = engine.predict(List.of(request)).get(0);
          for (int i = 0; i < probe.adapter().size(); i++) {
            assertEquals(probe.adapter().get(i), prediction.logits().get(i), 1e-4);
          }
          assertEquals(bundle.manifest().hiddenSize(), probe.base().size());
        }
      }
    }
    assertEquals(handles, NativeHandles.openCount(), NativeHandles.describeOpen()::toString);
  }

  @Test
  void resumesWithTheSameBits() throws IOException {
    Bundle bundle = TinyBundles.export(folder, Style.TORCHSCRIPT);
    TrainingData data = data();
    TrainingOptions options = options().toBuilder().maxSteps(OptionalInt.of(12)).build();
    Path whole = folder.resolve("whole");
    Trainer.train(bundle, data, options, whole, TrainingListener.none(), StopSignal.never());
    Path run = folder.resolve("run");
    StopAfter stop = new StopAfter(7);
    assertTrue(Trainer.train(bundle, data, options, run, stop, stop).stopped());
    TrainingOptions stored = Trainer.optionsOf(run).orElseThrow();
    assertEquals(4, stored.rank());
    assertEquals(Origin.CHECKPOINT, stored.origin("rank"));
    assertFalse(
        Trainer.resume(bundle, data, stored, run, TrainingListener.none(), StopSignal.never())
            .stopped());
    assertEquals(TinyRun.bytes(whole.resolve("adapter")), TinyRun.bytes(run.resolve("adapter")));
    assertEquals(TinyRun.timelessMetrics(whole), TinyRun.timelessMetrics(run));
  }

  @Test
  void goesOnFromAnAdapterWithoutALossOfItsEffect() throws IOException {
    Bundle bundle = TinyBundles.export(folder, Style.TORCHSCRIPT);
    TrainingData data = data();
    Path run = folder.resolve("run");
    TrainingOptions constant =
        options().toBuilder().schedule(Schedule.CONSTANT).shuffle(false).bucketing(false).build();
    TrainingResult first =
        Trainer.train(bundle, data, constant, run, TrainingListener.none(), StopSignal.never());
    Path next = folder.resolve("next");
    TrainingOptions one =
        TrainingOptions.builder()
            .batchSize(175)
            .maxSteps(OptionalInt.of(1))
            .learningRate(1e-6)
            .threads(OptionalInt.of(1))
            .keepBest(false)
            .build();
    TrainingResult second =
        Trainer.train(
            bundle,
            data.withInitAdapter(run.resolve("adapter")),
            one,
            next,
            TrainingListener.none(),
            StopSignal.never());
    assertEquals(
        first.record().bestEval().orElseThrow().evalLoss(),
        second.lastEval().orElseThrow().evalLoss(),
        1e-3);
  }

  @Test
  void refusesABundleForEmbeddings() throws IOException {
    Bundle bundle =
        TinyBundles.export(folder, Style.TORCHSCRIPT, ExportOptions.of(Task.FEATURE_EXTRACTION));
    TrainingException refusal =
        assertThrows(
            TrainingException.class,
            () ->
                Trainer.train(
                    bundle,
                    data(),
                    options(),
                    folder.resolve("run"),
                    TrainingListener.none(),
                    StopSignal.never()));
    assertTrue(
        String.valueOf(refusal.getMessage()).contains("was exported for feature-extraction"),
        refusal.getMessage());
  }
}
