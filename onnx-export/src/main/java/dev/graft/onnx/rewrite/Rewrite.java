package dev.graft.onnx.rewrite;

import dev.graft.onnx.Graph;

/**
 * A change of a graph that keeps what the graph computes.
 *
 * <p>Graph inputs and outputs keep their names, order and types. Results agree up to rounding. A
 * rewrite that finds nothing to do returns the graph it was given.
 */
public interface Rewrite {

  /** A short name in lower case that people read in reports, such as {@code layer-norm}. */
  String name();

  Applied apply(Graph graph);

  /**
   * What came of a rewrite.
   *
   * @param count how many places were changed
   */
  record Applied(Graph graph, int count) {}
}
