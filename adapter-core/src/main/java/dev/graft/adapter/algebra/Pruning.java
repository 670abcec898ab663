package dev.graft.adapter.algebra;

import java.util.Arrays;

/** Which entries of a tensor are set to zero; rows may be pruned in any order, each once. */
@FunctionalInterface
interface Pruning {
  /** All entries stay. */
  Pruning NOTHING = (row, index) -> {};

  /** No entry stays. */
  Pruning ALL = (row, index) -> Arrays.fill(row, 0);

  /**
   * Prune a row of the tensor in place.
   *
   * @param index the row's number
   */
  void prune(float[] row, int index);
}
