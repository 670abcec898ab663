package dev.graft.train;

import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import java.util.Map;
import java.util.Optional;

/** The data of a run as its graphs take it. Holds the native memory of the inputs; one thread. */
interface TaskRows extends AutoCloseable {

  /** The rows of the batches {@code first} to {@code end - 1} of one pass over the data. */
  StepRows step(int epoch, int first, int end);

  /**
   * Evaluates the current parameters on the evaluation data.
   *
   * @param parameters what the adapter's inputs are fed
   * @return empty if a stop was requested meanwhile
   * @throws IllegalStateException if there is no evaluation data
   */
  Optional<EvalMetrics> evaluate(
      int step, OrtModel model, Map<String, NativeTensor> parameters, StopSignal stop);

  @Override
  void close();
}
