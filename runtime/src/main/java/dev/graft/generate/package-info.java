/**
 * Text generation with adapters that are loaded, replaced and unloaded while sequences run.
 *
 * <p>A {@link dev.graft.generate.GenerationEngine} serves one bundle. Every request names its
 * adapter, LoRA or prefix or none, and becomes a sequence. One thread runs all sequences that are
 * under way in one batch, token by token; sequences join it when their prompt has been read and
 * leave it when they end (continuous batching, Yu et al. 2022, "Orca"). Each holds a lease on the
 * immutable adapter it found, to its end, and its result says which digest that was.
 *
 * <p>Shape letters: {@code B} rows, {@code T} new tokens per row, {@code P} past tokens per row,
 * {@code K} key-value heads, {@code D} features of a head, {@code V} vocabulary.
 */
@NullMarked
package dev.graft.generate;

import org.jspecify.annotations.NullMarked;
