/**
 * What the weights of an adapter say about it, without its base model.
 *
 * <p>Everything is computed in doubles from the factors: the update {@code [out, in]} itself, which
 * may be larger than the whole adapter by a factor of hundreds, is never formed.
 */
@NullMarked
package dev.graft.adapter.algebra;

import org.jspecify.annotations.NullMarked;
