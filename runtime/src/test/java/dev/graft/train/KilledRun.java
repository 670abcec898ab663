package dev.graft.train;

import java.io.IOException;
import java.nio.file.Path;

/** A process that resumes the tiny run in a folder, slowly, so that it can be killed. */
final class KilledRun {
  private KilledRun() {}

  static final String DATA = "train.jsonl";
  static final String RUN = "run";

  static TrainingOptions options() {
    return TinyRun.options().epochs(80).loraDropout(0.1).checkpointEvery(3).evalEvery(20).build();
  }

  static TrainingData data(Path folder) {
    return TrainingData.of(folder.resolve(DATA)).withEval(folder.resolve("eval.jsonl"));
  }

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    TrainingListener slow =
        new TrainingListener() {
          @Override
          public void onStep(StepMetrics metrics) {
            try {
              Thread.sleep(2);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    new TinyRun(folder)
        .job(folder.resolve(RUN), slow, StopSignal.never())
        .resume(data(folder), options());
  }
}
