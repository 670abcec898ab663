package dev.graft.cli;

import dev.graft.cli.screen.Progress;
import dev.graft.cli.screen.Screen;
import dev.graft.train.EvalMetrics;
import dev.graft.train.StepMetrics;
import dev.graft.train.TrainingListener;
import dev.graft.train.TrainingPlan;
import java.util.Locale;

/** Shows a training run: a bar with the loss, and a line for every evaluation. */
final class TrainingScreen implements TrainingListener, AutoCloseable {
  /** How fast the shown speed follows the steps' own. */
  private static final double SMOOTHING = 0.9;

  private final Screen screen;
  private final String title;
  private final boolean brief;
  private Progress progress = Progress.SILENT;
  private int totalSteps;
  private double tokensPerSecond;

  private TrainingScreen(Screen screen, String title, boolean brief) {
    this.screen = screen;
    this.title = title;
    this.brief = brief;
  }

  /** Says first what is going to be done. */
  static TrainingScreen full(Screen screen, String title) {
    return new TrainingScreen(screen, title, false);
  }

  /** Shows the bar only. */
  static TrainingScreen brief(Screen screen, String title) {
    return new TrainingScreen(screen, title, true);
  }

  @Override
  public void onStart(TrainingPlan plan) {
    totalSteps = plan.totalSteps();
    if (!brief) {
      explain(plan);
    }
    progress = screen.progress(title, totalSteps);
  }

  private void explain(TrainingPlan plan) {
    screen.note(
        screen
            .noteStyle()
            .dim(
                "%d rows, %s%,d trained values in %d parts, %d steps%s"
                    .formatted(
                        plan.rows(),
                        plan.labels().isEmpty() ? "" : plan.labels().size() + " labels, ",
                        plan.trainableParameters(),
                        plan.modules().size(),
                        plan.totalSteps(),
                        plan.startStep() > 0
                            ? " (from step %d)".formatted(plan.startStep())
                            : "")));
    if (plan.truncatedRows() > 0) {
      screen.note(
          screen.noteStyle().yellow("warning: ")
              + "%d rows are longer than --max-length and are cut".formatted(plan.truncatedRows()));
    }
  }

  @Override
  public void onStep(StepMetrics step) {
    double now = step.seconds() > 0 ? step.tokens() / step.seconds() : 0;
    tokensPerSecond =
        tokensPerSecond == 0 ? now : SMOOTHING * tokensPerSecond + (1 - SMOOTHING) * now;
    progress.step(
        step.step(),
        String.format(
            Locale.ROOT,
            "step %d  loss %.4f  %,.0f tokens/s",
            step.step(),
            step.loss(),
            tokensPerSecond));
  }

  @Override
  public void onEval(EvalMetrics eval) {
    progress.note(
        "%s after step %d: accuracy %s, loss %s"
            .formatted(
                title,
                eval.step(),
                EvalCommand.percent(eval.evalAccuracy()),
                EvalCommand.number(eval.evalLoss())));
  }

  @Override
  public void close() {
    progress.close();
  }
}
