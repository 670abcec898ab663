/**
 * Model families: what a checkpoint's {@code model_type} says about its configuration, the names of
 * its tensors and its graph. {@link dev.graft.family.ModelFamilies} is the table; graphs are made
 * of blocks that the families share. See {@code docs/howto/add-a-model-family.md}.
 *
 * <p>Shapes: {@code B} rows, {@code T} tokens, {@code P} past, {@code S = P + T} in total, {@code
 * H} features of a hidden state, {@code N} heads, {@code K} heads of keys and values, {@code G =
 * N/K}, {@code D} features of a head.
 */
@NullMarked
package dev.graft.family;

import org.jspecify.annotations.NullMarked;
