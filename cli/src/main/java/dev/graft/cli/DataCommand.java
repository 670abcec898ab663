package dev.graft.cli;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Groups the commands about data files. */
@Command(
    name = "data",
    customSynopsis = "graft data COMMAND [OPTIONS]",
    description = "Look at data files before training on them.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footerHeading = "%nExample:%n",
    footer = "  graft data check train.jsonl test.jsonl")
final class DataCommand implements Runnable {
  private final CommandContext context;

  @Spec private CommandSpec spec;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  DataCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public void run() {
    context.screen().printRaw(spec.commandLine().getUsageMessage());
  }
}
