package dev.graft.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code graft help train} is {@code graft train --help}. */
@Command(
    name = "help",
    description = "Show the help of a command.",
    customSynopsis = "graft help [COMMAND...]")
final class HelpCommand implements Runnable {
  @Spec private CommandSpec spec;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "COMMAND", description = "The command to explain.")
  private List<String> names = new ArrayList<>();

  @Override
  public void run() {
    CommandLine line = spec.root().commandLine();
    for (String name : names) {
      CommandLine next = line.getSubcommands().get(name);
      if (next == null) {
        throw new UnmatchedArgumentException(line, List.of(name));
      }
      line = next;
    }
    line.usage(line.getOut());
  }
}
