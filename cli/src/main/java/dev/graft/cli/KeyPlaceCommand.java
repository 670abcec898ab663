package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command on a directory of keys. */
abstract class KeyPlaceCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Mixin KeySettings place;

  @Option(names = "--json", order = 910, description = "Answer (and report errors) as JSON.")
  boolean json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  KeyPlaceCommand(CommandContext context) {
    this.context = context;
  }

  final Integer answer(ObjectNode forPrograms, String forPeople) {
    Screen screen = context.screen();
    if (json) {
      screen.printJson(forPrograms);
    } else {
      screen.print("%s %s".formatted(screen.style().done(), forPeople));
    }
    return ExitCode.OK.code();
  }
}
