/**
 * Works out element types and shapes, symbolic sizes included.
 *
 * <p>{@link dev.graft.onnx.shape.ShapeInference} walks a graph once. Each operator has one rule in
 * the table {@code ShapeRules}; operators that compute shapes from shapes also have one in {@code
 * ContentRules}, which follows the numbers inside small integer tensors. Sizes are polynomials over
 * the named dimensions of the graph's inputs, so that {@code batch*sequence*384 / 384} is again
 * {@code batch*sequence}. Graphs are in opset {@link dev.graft.onnx.Model#OPSET}. Depends on {@code
 * dev.graft.onnx} only; everything is stateless to the outside and may be called by many threads.
 */
@NullMarked
package dev.graft.onnx.shape;

import org.jspecify.annotations.NullMarked;
