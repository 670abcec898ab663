/**
 * What an adapter is: its configuration, its weights, which modules it touches, and what Graft
 * knows about it beyond that.
 *
 * <p>Values only: nothing here reads a file, knows a model, or needs ONNX Runtime. Every type is
 * immutable and may be shared between threads. Shape letters: {@code r} rank, {@code in} and {@code
 * out} the features a module takes and gives. Orientation is Hugging Face PEFT's: {@code A [r,
 * in]}, {@code B [out, r]}, update of the base weight {@code [out, in]} = {@code scale * B * A}.
 */
@NullMarked
package dev.graft.adapter;

import org.jspecify.annotations.NullMarked;
