package dev.graft.cli;

import dev.graft.adapter.format.AdapterFormats;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.ExportOptions;
import dev.graft.export.Task;
import dev.graft.merge.MergeOptions;
import dev.graft.merge.Merger;
import dev.graft.testmodels.TinyEncoders;
import dev.graft.train.StepMetrics;
import dev.graft.train.StopSignal;
import dev.graft.train.Trainer;
import dev.graft.train.TrainingData;
import dev.graft.train.TrainingListener;
import dev.graft.train.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Exports, trains and merges a tiny encoder in a temporary folder. */
final class SelfTest {
  private static final int STEPS = 20;
  private static final int LABELS = 2;

  /** Losses of the first and the last step. */
  record Result(double firstLoss, double lastLoss) {}

  private SelfTest() {}

  /**
   * Runs it.
   *
   * @throws IllegalStateException if the loss does not fall
   */
  static Result run() throws IOException {
    Path folder = Files.createTempDirectory("graft-doctor-");
    try {
      return run(folder);
    } finally {
      NewFolder.delete(folder);
    }
  }

  private static Result run(Path folder) throws IOException {
    Path model = TinyEncoders.write(folder.resolve("model"), TinyEncoders.Style.TORCHSCRIPT, 1);
    Bundle bundle =
        BundleExporter.export(
                model,
                Optional.empty(),
                ExportOptions.of(Task.TEXT_CLASSIFICATION),
                folder.resolve("bundle"))
            .bundle();
    Path data =
        Files.writeString(
            folder.resolve("data.jsonl"),
            """
            {"text": "the sun is hot", "label": "warm"}
            {"text": "a hot lamp", "label": "warm"}
            {"text": "snow and rain", "label": "cold"}
            {"text": "cold weather", "label": "cold"}
            """);
    List<Double> losses = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onStep(StepMetrics step) {
            losses.add(step.loss());
          }
        };
    TrainingOptions options =
        TrainingOptions.builder().maxSteps(OptionalInt.of(STEPS)).learningRate(1e-2).build();
    Path run = folder.resolve("run");
    Trainer.train(bundle, TrainingData.of(data), options, run, listener, StopSignal.never());
    Merger.merge(
        bundle,
        AdapterFormats.load(run.resolve("adapter"), ReadOptions.strict()).adapter(),
        folder.resolve("merged"),
        MergeOptions.of(MergeOptions.Precision.FP32));
    Result result = new Result(losses.get(0), losses.get(losses.size() - 1));
    if (!(result.lastLoss() < result.firstLoss())) {
      throw new IllegalStateException(
          "after %d steps on %d labels the loss is %s and was %s"
              .formatted(STEPS, LABELS, result.lastLoss(), result.firstLoss()));
    }
    return result;
  }
}
