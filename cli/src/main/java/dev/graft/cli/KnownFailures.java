package dev.graft.cli;

import dev.graft.ort.OrtFailure;
import java.nio.charset.CharacterCodingException;
import java.util.List;

/**
 * The table of the rooms' exceptions: which exit code each gives, and what to do where its message
 * does not say. A row further up wins.
 */
final class KnownFailures {
  /**
   * What an exception means here.
   *
   * @param exitCode how the process ends
   * @param fix what to do, or empty where the message's last clause (after {@code ;}) says it
   * @param fallbackFix what to do where the message has no such clause
   */
  record Kind(ExitCode exitCode, String fix, String fallbackFix) {}

  private record Row(Class<? extends Throwable> type, Kind kind) {}

  private static final String REPORT =
      "this is not expected: run it again with --debug and report the stack trace";

  private static final List<Row> TABLE =
      List.of(
          row(
              OrtFailure.class,
              ExitCode.FAILURE,
              "run 'graft doctor' to see what this machine has"),
          row(CharacterCodingException.class, ExitCode.INVALID, "convert the file to UTF-8"),
          row(
              IllegalArgumentException.class,
              ExitCode.USAGE,
              "see the command's --help for what it accepts"),
          row(Throwable.class, ExitCode.FAILURE, REPORT));

  private KnownFailures() {}

  static Kind of(Throwable e) {
    return TABLE.stream()
        .filter(row -> row.type().isInstance(e))
        .map(Row::kind)
        .findFirst()
        .orElseThrow();
  }

  private static Row row(Class<? extends Throwable> type, ExitCode exitCode, String fallbackFix) {
    return new Row(type, new Kind(exitCode, "", fallbackFix));
  }
}
