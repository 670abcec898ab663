package dev.graft.cli;

import picocli.CommandLine;

/** The table of commands, in the order of the help page. */
final class Commands {
  private Commands() {}

  static void addTo(CommandLine line, CommandContext context) {
    line.addSubcommand("data", new CommandLine(new DataCommand(context)));
    line.addSubcommand("completion", new CompletionCommand(context));
    line.addSubcommand("help", new HelpCommand());
  }
}
