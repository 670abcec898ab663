package dev.graft.train;

import dev.graft.export.Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Trains a LoRA adapter and a classification head on labelled texts.
 *
 * <p>A run directory receives {@code adapter}, {@code metrics.jsonl}, {@code run.json} and {@code
 * checkpoints}. A run can be killed at any moment and resumed; on the same machine with the same
 * threads it ends in the same bytes. One thread trains; several runs may go on in one process.
 */
public final class Trainer {
  private Trainer() {}

  /**
   * Train into a new directory.
   *
   * @param runDir a directory that does not exist
   * @param stop asks the run to end after its current step, with a checkpoint
   * @throws java.nio.file.FileAlreadyExistsException if {@code runDir} exists
   * @throws TrainingException if the options do not fit bundle and data, a loss or gradient is not
   *     finite, or the adapter did not move
   * @throws IOException if a file cannot be read, is not what it should be, or cannot be written
   */
  public static TrainingResult train(
      Bundle bundle,
      TrainingData data,
      TrainingOptions options,
      Path runDir,
      TrainingListener listener,
      StopSignal stop)
      throws IOException {
    try (BundleModels models = BundleModels.of(bundle)) {
      return new TrainingJob(models, runDir, listener, stop).train(data, options);
    }
  }

  /**
   * Go on from the last checkpoint of a run; where there is none yet, or no directory, start. A
   * finished run writes its adapter again.
   *
   * @param options what is at its default is taken from the run; what is given must be the run's
   * @throws TrainingException as {@link #train}, and if bundle, data or options are not those of
   *     the run, naming what differs
   */
  public static TrainingResult resume(
      Bundle bundle,
      TrainingData data,
      TrainingOptions options,
      Path runDir,
      TrainingListener listener,
      StopSignal stop)
      throws IOException {
    try (BundleModels models = BundleModels.of(bundle)) {
      return new TrainingJob(models, runDir, listener, stop).resume(data, options);
    }
  }

  /**
   * What decides every bit of a run besides its options, by name: digests of bundle, data and
   * initial adapter, labels and columns. An adapter's training record has them as {@code inputs}.
   * Reads the data; trains nothing.
   *
   * @throws TrainingException as {@link #train}
   */
  public static Map<String, String> inputs(
      Bundle bundle, TrainingData data, TrainingOptions options) throws IOException {
    try (BundleModels models = BundleModels.of(bundle)) {
      return TrainingSetup.of(models, data, options, Optional.empty()).identity().inputs();
    }
  }

  /**
   * The options of a run by its last checkpoint; empty where it has none.
   *
   * @throws TrainingException if the checkpoint is damaged
   */
  public static Optional<TrainingOptions> optionsOf(Path runDir) throws IOException {
    if (!Files.isDirectory(runDir)) {
      return Optional.empty();
    }
    return new CheckpointStore(new RunFiles(runDir).checkpoints())
        .latest()
        .map(checkpoint -> checkpoint.identity().options().withOrigin(Origin.CHECKPOINT));
  }
}
