package dev.graft.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Groups the commands about data files. */
@Command(
    name = "data",
    description = "Look at data files before training on them.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footerHeading = "%nExample:%n",
    footer = "  graft data check train.jsonl test.jsonl")
final class DataCommand implements Runnable {
  private final CommandContext context;

  @Spec private CommandSpec spec;
  @Mixin CommonOptions common;

  DataCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public void run() {
    context.screen().printRaw(spec.commandLine().getUsageMessage());
  }
}
