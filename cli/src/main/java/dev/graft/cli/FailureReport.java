package dev.graft.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import java.io.PrintWriter;
import java.io.StringWriter;

/** Shows a failure: three lines for people, or one JSON object for programs. */
final class FailureReport {
  private final Screen screen;
  private final boolean debug;
  private final boolean json;

  FailureReport(Screen screen, boolean debug, boolean json) {
    this.screen = screen;
    this.debug = debug;
    this.json = json;
  }

  /** Writes to standard error and returns the exit code. */
  int show(CommandFailure failure, Throwable cause) {
    if (json) {
      ObjectNode error = JsonNodeFactory.instance.objectNode();
      error
          .putObject("error")
          .put("exitCode", failure.exitCode().code())
          .put("what", failure.what())
          .put("why", failure.why())
          .put("fix", failure.fix());
      screen.alert(error.toString());
    } else {
      Style style = screen.noteStyle();
      screen.alert(style.red("graft:") + " " + style.bold(oneLine(failure.what())));
      screen.alert(style.dim("  why: ") + oneLine(failure.why()));
      screen.alert(style.dim("  fix: ") + oneLine(failure.fix()));
    }
    if (debug) {
      StringWriter trace = new StringWriter();
      cause.printStackTrace(new PrintWriter(trace));
      screen.alert(trace.toString().stripTrailing());
    }
    return failure.exitCode().code();
  }

  /** Foreign text may hold line breaks and escape sequences; a terminal must not obey them. */
  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ").replaceAll("\\p{Cntrl}", "?");
  }
}
