/**
 * ONNX files: from bytes to {@link dev.graft.onnx.Model} and back.
 *
 * <p>Everything read here is untrusted. A file that is not what it claims to be ends in an {@link
 * dev.graft.onnx.io.OnnxFormatException} that says what was found and what was expected, and never
 * in a heap that is too small: lengths, depths and counts are checked against the bytes that are
 * there before anything is made of them. Weights stay in the mapped file. What the graph model does
 * not know is carried along as {@link dev.graft.onnx.Extras} and written back.
 *
 * <p>The format is that of https://github.com/onnx/onnx/blob/main/docs/IR.md, external data that of
 * https://github.com/onnx/onnx/blob/main/docs/ExternalData.md. All types are stateless and may be
 * shared between threads.
 */
@NullMarked
package dev.graft.onnx.io;

import org.jspecify.annotations.NullMarked;
