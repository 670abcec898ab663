package dev.graft.chat;

/** What went wrong, thrown where the line is not known; the statement around adds it. */
final class Fault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String problem;

  Fault(String problem) {
    super(problem, null, false, false);
    this.problem = problem;
  }

  String problem() {
    return problem;
  }
}
