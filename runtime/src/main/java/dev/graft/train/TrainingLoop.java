package dev.graft.train;

import dev.graft.train.StepRunner.Gradient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The steps of a run, with its evaluations and checkpoints in between.
 *
 * <p>What happens next depends on {@link Progress} and the parameters alone, so that a run that
 * continues from a checkpoint does what the uninterrupted one would have done.
 */
final class TrainingLoop {
  private final TrainingPlan plan;
  private final RunIdentity identity;
  private final TaskRows data;
  private final LearningRate learningRate;
  private final ParameterStore parameters;
  private final TrainingSessions sessions;
  private final StepRunner runner;
  private final CheckpointStore checkpoints;
  private final MetricsLog metrics;
  private final TrainingListener listener;
  private final StopSignal stop;
  private final EarlyStopping stopping;
  private Progress progress;
  private Progress saved;

  TrainingLoop(
      TrainingPlan plan,
      RunIdentity identity,
      TaskRows data,
      ParameterStore parameters,
      TrainingSessions sessions,
      StepRunner runner,
      CheckpointStore checkpoints,
      MetricsLog metrics,
      TrainingListener listener,
      StopSignal stop,
      Progress start) {
    TrainingOptions options = identity.options();
    this.plan = plan;
    this.identity = identity;
    this.data = data;
    this.learningRate =
        new LearningRate(
            options.learningRate(), options.schedule(), options.warmupSteps(), plan.totalSteps());
    this.parameters = parameters;
    this.sessions = sessions;
    this.runner = runner;
    this.checkpoints = checkpoints;
    this.metrics = metrics;
    this.listener = listener;
    this.stop = stop;
    this.stopping = new EarlyStopping(options.bestBy(), options.earlyStoppingPatience());
    this.stopping.restore(start.best(), start.sinceBest());
    this.progress = start;
    this.saved = start;
  }

  Progress progress() {
    return progress;
  }

  /**
   * Train to the end.
   *
   * @return false if a stop was requested before
   * @throws TrainingException if a loss or a gradient is not finite
   */
  boolean run() throws IOException {
    while (true) {
      boolean evaluates =
          plan.evaluatesAfter(progress.step()) && progress.evaluatedStep() < progress.step();
      if (evaluates && !evaluate()) {
        checkpoint();
        return false;
      }
      boolean ended = progress.step() == plan.totalSteps() || stopping.exhausted();
      if (ended || isCheckpointDue() || stop.requested()) {
        checkpoint();
      }
      if (ended) {
        return true;
      }
      if (stop.requested()) {
        checkpoint();
        return false;
      }
      step();
    }
  }

  private boolean isCheckpointDue() {
    int every = identity.options().checkpointEvery();
    boolean isBest = progress.best().isPresent() && progress.best().get().step() == progress.step();
    return progress.step() > 0 && (isBest || (every > 0 && progress.step() % every == 0));
  }

  /** Write a checkpoint unless the last one says the same. */
  private void checkpoint() throws IOException {
    if (!progress.equals(saved)) {
      long metricsBytes = metrics.force();
      Path written = checkpoints.write(identity, progress, metricsBytes, parameters.state());
      saved = progress;
      listener.onCheckpoint(written);
    }
  }

  private void step() throws IOException {
    long start = System.nanoTime();
    int step = progress.step();
    StepRows rows = data.step(plan.epochOf(step), plan.firstBatchOf(step), plan.endBatchOf(step));
    Gradient gradient = runner.gradient(rows);
    if (!gradient.isFinite()) {
      throw notFinite(step + 1, gradient, rows);
    }
    double rate = learningRate.at(step);
    runner.update(gradient, rate, step + 1);
    StepMetrics done =
        new StepMetrics(
            step + 1,
            gradient.loss(),
            rate,
            gradient.norm(),
            rows.realTokens(),
            rows.paddedTokens(),
            (System.nanoTime() - start) / 1e9);
    progress = progress.afterStep(done);
    metrics.step(done);
    listener.onStep(done);
  }

  private static TrainingException notFinite(int step, Gradient gradient, StepRows rows) {
    return new TrainingException(
        "step %d: the loss is %s and the gradient's norm %s, expected finite numbers; the batch was %s; a lower learning rate, a warm-up or clipping may help"
            .formatted(step, gradient.loss(), gradient.norm(), rows.origin().describe()));
  }

  /** Evaluate; false if a stop was requested meanwhile. */
  private boolean evaluate() throws IOException {
    Optional<EvalMetrics> found =
        data.evaluate(progress.step(), sessions.eval(), parameters.feeds(), stop);
    if (found.isEmpty()) {
      return false;
    }
    EvalMetrics eval = found.get();
    if (!Double.isFinite(eval.evalLoss())) {
      throw new TrainingException(
          "evaluation after step %d: the loss is %s, expected a finite number; a lower learning rate may help"
              .formatted(eval.step(), eval.evalLoss()));
    }
    stopping.isBest(eval);
    progress = progress.afterEval(eval, stopping);
    metrics.eval(eval);
    listener.onEval(eval);
    return true;
  }

  /** The step whose weights the adapter gets, where they are not the current ones. */
  Optional<Integer> bestStep() {
    return identity.options().keepBest()
        ? stopping.best().map(EvalMetrics::step).filter(step -> step != progress.step())
        : Optional.empty();
  }
}
