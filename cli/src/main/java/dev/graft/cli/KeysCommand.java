package dev.graft.cli;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Groups the commands {@code graft keys}. */
@Command(
    name = "keys",
    customSynopsis = "graft keys COMMAND [OPTIONS]",
    description = "Manage the keys that encrypt what tenants have in a registry.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footerHeading = "%nExample:%n",
    footer = "  graft keys init --keys /srv/graft-keys")
final class KeysCommand implements Runnable {
  private final CommandContext context;

  @Spec private CommandSpec spec;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  KeysCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public void run() {
    context.screen().printRaw(spec.commandLine().getUsageMessage());
  }
}
