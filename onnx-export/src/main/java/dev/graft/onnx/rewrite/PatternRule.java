package dev.graft.onnx.rewrite;

/**
 * One row of the pattern table.
 *
 * @param pattern what the replaced value is made of; an operator, or several to choose from
 */
record PatternRule(String name, Pattern pattern, Replacement replacement) {

  /** Says what to put in place of a match. */
  interface Replacement {
    /** Adds the new nodes and answers true, or answers false before adding anything. */
    boolean apply(Match match);
  }
}
