package dev.graft.cli;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Groups the commands {@code graft tenants}. */
@Command(
    name = "tenants",
    customSynopsis = "graft tenants COMMAND [OPTIONS]",
    description = "Manage the tenants of a registry: whose adapters are whose, and how many.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footerHeading = "%nExample:%n",
    footer = "  graft tenants create acme --max-bytes 500MiB")
final class TenantsCommand implements Runnable {
  private final CommandContext context;

  @Spec private CommandSpec spec;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  TenantsCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public void run() {
    context.screen().printRaw(spec.commandLine().getUsageMessage());
  }
}
