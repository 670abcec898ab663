/**
 * Graphs as text, for people and for the expectations of tests. The form is not read back.
 *
 * <pre>
 * graph main(x: float[B,T,4])
 *   W: float[4,8]
 *   axes: int64[1] = {1}
 *   h: float[B,T,8] = MatMul(x, W)
 *   y = ReduceSum(h, axes) {keepdims=0}
 *   return y: float[B,8]
 * </pre>
 */
@NullMarked
package dev.graft.onnx.text;

import org.jspecify.annotations.NullMarked;
