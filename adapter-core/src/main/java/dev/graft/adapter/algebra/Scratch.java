package dev.graft.adapter.algebra;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Matrices of the size of whole updates, used again for the next module of the same shape: making
 * new ones costs more than filling them. Those of one shape are kept at a time.
 */
final class Scratch {
  private final Deque<float[][]> free = new ArrayDeque<>();

  /** A matrix {@code [rows][columns]} with any values in it. */
  float[][] take(int rows, int columns) {
    float[][] found = free.peek();
    if (found != null && (found.length != rows || found[0].length != columns)) {
      free.clear();
    }
    return free.isEmpty() ? new float[rows][columns] : free.pop();
  }

  /** Give back a matrix that is no longer used. */
  void give(float[][] matrix) {
    if (!free.isEmpty()
        && (free.peek().length != matrix.length || free.peek()[0].length != matrix[0].length)) {
      free.clear();
    }
    free.push(matrix);
  }
}
