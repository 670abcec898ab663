package dev.graft.cli;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Groups the commands {@code graft adapters}. */
@Command(
    name = "adapters",
    customSynopsis = "graft adapters COMMAND [OPTIONS]",
    description = "Manage the adapters of many customers in a registry, and compute with adapters.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters add runs/support acme/support --alias candidate",
      "  graft adapters combine runs/tone:0.7 runs/brief:0.3 -o both"
    })
final class AdaptersCommand implements Runnable {
  private final CommandContext context;

  @Spec private CommandSpec spec;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  AdaptersCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public void run() {
    context.screen().printRaw(spec.commandLine().getUsageMessage());
  }
}
