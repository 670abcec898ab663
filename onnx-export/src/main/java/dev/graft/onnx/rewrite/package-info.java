/**
 * Brings graphs into one form, whatever exporter wrote them.
 *
 * <p>{@link dev.graft.onnx.rewrite.Canonicalizer} applies {@link dev.graft.onnx.rewrite.Rewrite}s
 * until nothing changes: it folds constants, drops what does nothing, resolves computed shapes, and
 * turns decomposed norms, activations and attention products into single operators by the patterns
 * of one table, {@code StandardPatterns}. A pattern that does not match costs speed only. Graphs
 * are in opset {@link dev.graft.onnx.Model#OPSET}. Names of graph inputs, outputs and weights
 * survive. Everything is stateless and may be shared between threads.
 */
@NullMarked
package dev.graft.onnx.rewrite;

import org.jspecify.annotations.NullMarked;
