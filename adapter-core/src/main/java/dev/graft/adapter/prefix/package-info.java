/**
 * Prefix tuning: trained keys and values that every layer's attention sees before the text (Li and
 * Liang, "Prefix-Tuning: Optimizing Continuous Prompts for Generation", arXiv 2101.00190).
 *
 * <p>The base computes them as it computes past keys and values, so a prefix is a cache that no
 * text has filled. Shapes: {@code [kv_heads, virtual, head_dim]} for one layer's keys or values,
 * where {@code virtual} counts the tokens the prefix stands for and {@code kv_heads} the key and
 * value heads, of which a model with grouped-query attention has fewer than query heads.
 */
@NullMarked
package dev.graft.adapter.prefix;

import org.jspecify.annotations.NullMarked;
