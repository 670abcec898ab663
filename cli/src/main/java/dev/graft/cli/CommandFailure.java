package dev.graft.cli;

import org.jspecify.annotations.Nullable;

/**
 * A command cannot do what was asked. Shown as three lines: what cannot be done, why, and what to
 * do about it.
 */
final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;
  private final String what;
  private final String why;
  private final String fix;

  CommandFailure(ExitCode exitCode, String what, String why, String fix) {
    this(exitCode, what, why, fix, null);
  }

  CommandFailure(
      ExitCode exitCode, String what, String why, String fix, @Nullable Throwable cause) {
    super("%s: %s; %s".formatted(what, why, fix), cause);
    this.exitCode = exitCode;
    this.what = what;
    this.why = why;
    this.fix = fix;
  }

  /** The command line is wrong. */
  static CommandFailure usage(String what, String why, String fix) {
    return new CommandFailure(ExitCode.USAGE, what, why, fix);
  }

  ExitCode exitCode() {
    return exitCode;
  }

  String what() {
    return what;
  }

  String why() {
    return why;
  }

  String fix() {
    return fix;
  }
}
