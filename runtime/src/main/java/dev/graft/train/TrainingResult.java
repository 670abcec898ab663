package dev.graft.train;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What came of a run.
 *
 * @param adapterDir the adapter; absent if the run was stopped
 * @param steps optimizer steps done, those of earlier processes included
 * @param lastLoss loss of the last step
 * @param lastEval the last evaluation
 * @param stopped whether a stop was requested before the end; the run can be resumed
 * @param record what {@code run.json} says
 */
public record TrainingResult(
    Optional<Path> adapterDir,
    int steps,
    double lastLoss,
    Optional<EvalMetrics> lastEval,
    boolean stopped,
    RunRecord record) {}
