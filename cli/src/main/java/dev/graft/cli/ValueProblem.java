package dev.graft.cli;

/**
 * A value on the command line that is not acceptable, with the reason and the remedy. Not picocli's
 * own exception for this, of which it keeps the message only.
 */
final class ValueProblem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String why;
  private final String fix;

  ValueProblem(String why, String fix) {
    super(why);
    this.why = why;
    this.fix = fix;
  }

  String why() {
    return why;
  }

  String fix() {
    return fix;
  }
}
