/**
 * Training: from a bundle and labelled texts to an adapter.
 *
 * <p>{@link dev.graft.train.Trainer} is the way in. It plans the steps, runs them on ONNX Runtime,
 * evaluates, and leaves a run directory: the adapter, {@code metrics.jsonl}, {@code run.json} and
 * the checkpoints from which an interrupted run continues with the same bits. Shapes: {@code B}
 * rows of a batch, {@code T} tokens, {@code r} rank, {@code L} labels, {@code H} hidden features.
 * Nothing here prints; who wants to show progress gives a {@link dev.graft.train.TrainingListener}.
 */
@NullMarked
package dev.graft.train;

import org.jspecify.annotations.NullMarked;
