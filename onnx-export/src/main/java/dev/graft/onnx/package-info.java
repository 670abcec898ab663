/**
 * The ONNX graph as immutable data.
 *
 * <p>A {@link dev.graft.onnx.Model} holds a {@link dev.graft.onnx.Graph}; a graph holds {@link
 * dev.graft.onnx.Node}s that name the values they read and write. Nothing here changes after it is
 * made: every change is a function from a graph to a graph, usually through a {@link
 * dev.graft.onnx.GraphBuilder}. Weights are {@link dev.graft.onnx.TensorData}, slices of mapped
 * files rather than heap arrays. Reading and writing files is the business of {@code
 * dev.graft.onnx.io}. All types may be shared between threads, builders excepted.
 *
 * <p>Names are those of the ONNX specification (https://github.com/onnx/onnx/blob/main/docs/IR.md).
 */
@NullMarked
package dev.graft.onnx;

import org.jspecify.annotations.NullMarked;
