/**
 * What the weights of adapters say without their base model, and what can be computed from them:
 * combinations, other ranks, conflicts.
 *
 * <p>Wherever the mathematics allows it, everything is computed from the factors {@code A [r, in]}
 * and {@code B [out, r]} and from matrices of the size of ranks; the update {@code [out, in]},
 * which may be larger than the whole adapter by a factor of hundreds, is formed only by the methods
 * whose definition looks at its entries ({@link
 * dev.graft.adapter.algebra.CombinationMethod#formsUpdates}). Decompositions are made in doubles.
 * Stateless; threads may share everything.
 */
@NullMarked
package dev.graft.adapter.algebra;

import org.jspecify.annotations.NullMarked;
