package dev.graft.cli;

import picocli.CommandLine.TypeConversionException;

/** A value on the command line that is not acceptable, with the reason and the remedy. */
final class ValueProblem extends TypeConversionException {
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
