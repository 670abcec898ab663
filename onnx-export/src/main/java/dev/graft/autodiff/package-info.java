/**
 * Reverse-mode differentiation of ONNX graphs: a graph with a scalar loss becomes the same graph
 * with backward nodes behind it.
 *
 * <p>{@link dev.graft.autodiff.Autodiff} is the entry. Rules live in one table, one per operator;
 * what every rule would repeat is done once by the engine: summing a broadcast gradient back to its
 * input's shape, adding up the gradients of a value that is read twice, carrying constant factors
 * along until an operator can absorb them, and leaving out whatever leads to no trainable value.
 *
 * <p>Backward nodes are ordinary operators that stock ONNX Runtime runs. Rules are written
 * gradient-first ({@code g - (g*y)*y}, never {@code 1 - y*y}): ONNX Runtime runs nodes that do not
 * depend on the gradient during the forward phase, and their results would stay in memory until the
 * backward phase reads them.
 *
 * <p>Depends on {@code dev.graft.onnx} only. Everything public is immutable or stateless.
 */
@NullMarked
package dev.graft.autodiff;

import org.jspecify.annotations.NullMarked;
