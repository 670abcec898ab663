/**
 * Lifts models to the one operator set that the rest of Graft knows, {@link
 * dev.graft.onnx.Model#OPSET}. What changed between versions is one table; its source is the
 * operator changelog (https://github.com/onnx/onnx/blob/main/docs/Changelog.md).
 */
@NullMarked
package dev.graft.onnx.opset;

import org.jspecify.annotations.NullMarked;
