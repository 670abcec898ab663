/**
 * LoRA: two small factors beside a linear module's weight (Hu et al., "LoRA: Low-Rank Adaptation of
 * Large Language Models", arXiv 2106.09685).
 *
 * <p>Shape letters: {@code r} rank, {@code in} and {@code out} the features a module takes and
 * gives. Orientation is Hugging Face PEFT's: {@code A [r, in]}, {@code B [out, r]}, update of the
 * base weight {@code [out, in]} = {@code scale * B * A}.
 */
@NullMarked
package dev.graft.adapter.lora;

import org.jspecify.annotations.NullMarked;
