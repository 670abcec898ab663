/**
 * Puts adapters, heads and losses into a base graph, and takes unused ones out again.
 *
 * <p>Everything here is a function from a graph to a graph. The base graph is canonical (see {@code
 * dev.graft.onnx.rewrite}) and typed. Adapter tensors become graph inputs, so that rank, scale and
 * number of labels belong to the adapter and not to the graph.
 *
 * <p>Shape letters: {@code B} rows of a batch, {@code T} tokens, {@code H} hidden size, {@code r}
 * rank, {@code L} labels, {@code N} stacked adapters, {@code K} either {@code B} or 1.
 */
@NullMarked
package dev.graft.inject;

import org.jspecify.annotations.NullMarked;
