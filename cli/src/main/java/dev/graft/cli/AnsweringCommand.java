package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** A command that answers people and, with {@code --json}, programs. */
abstract class AnsweringCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Option(names = "--json", order = 910, description = "Answer (and report errors) as JSON.")
  boolean json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  AnsweringCommand(CommandContext context) {
    this.context = context;
  }

  CommandContext context() {
    return context;
  }

  /** The answer, for programs or for people. */
  ExitCode answer(ObjectNode forPrograms, Runnable forPeople) {
    if (json) {
      context.screen().printJson(forPrograms);
    } else {
      forPeople.run();
    }
    return ExitCode.OK;
  }

  /** Says that something was done, or would have been. */
  void tell(boolean dryRun, String text) {
    Screen screen = context.screen();
    screen.print(
        dryRun
            ? "%s %s".formatted(screen.style().yellow("dry run:"), text)
            : "%s %s".formatted(screen.style().done(), text));
  }

  void warn(String text) {
    Screen screen = context.screen();
    screen.note(screen.noteStyle().yellow("warning: ") + text);
  }
}
