/**
 * Inference with adapters that are loaded, replaced and unloaded while requests run.
 *
 * <p>An {@link dev.graft.infer.Engine} serves one bundle. A request names its adapter; the rows of
 * one batch may name different ones. Each request holds a lease on the immutable adapter it found,
 * so what is loaded or unloaded meanwhile cannot change its answer, and the answer says which
 * digest produced it.
 *
 * <p>Shape letters: {@code B} rows, {@code T} tokens, {@code H} hidden size, {@code L} labels,
 * {@code N} stacked adapters, {@code r} rank.
 */
@NullMarked
package dev.graft.infer;

import org.jspecify.annotations.NullMarked;
