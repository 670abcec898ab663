package dev.graft.cli;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Groups the commands {@code graft store}. */
@Command(
    name = "store",
    customSynopsis = "graft store COMMAND [OPTIONS]",
    description = "Make, check and clean a registry.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footerHeading = "%nExample:%n",
    footer = "  graft store init")
final class StoreCommand implements Runnable {
  private final CommandContext context;

  @Spec private CommandSpec spec;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  StoreCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public void run() {
    context.screen().printRaw(spec.commandLine().getUsageMessage());
  }
}
