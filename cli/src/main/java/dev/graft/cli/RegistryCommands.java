package dev.graft.cli;

import picocli.CommandLine;

/** The commands about the registry, in the order of their help pages. */
final class RegistryCommands {
  private RegistryCommands() {}

  static void addTo(CommandLine line, CommandContext context) {
    line.addSubcommand("adapters", adapters(context));
    line.addSubcommand("tenants", tenants(context));
    line.addSubcommand("keys", keys(context));
    line.addSubcommand("store", store(context));
  }

  private static CommandLine adapters(CommandContext context) {
    CommandLine line = new CommandLine(new AdaptersCommand(context));
    line.addSubcommand("add", new AdaptersAddCommand(context));
    line.addSubcommand("list", new AdaptersListCommand(context));
    line.addSubcommand("show", new AdaptersShowCommand(context));
    line.addSubcommand("history", new AdaptersHistoryCommand(context));
    line.addSubcommand("diff", new AdaptersDiffCommand(context));
    line.addSubcommand("promote", new AdaptersPromoteCommand(context));
    line.addSubcommand("rollback", new AdaptersRollbackCommand(context));
    line.addSubcommand("unalias", new AdaptersUnaliasCommand(context));
    for (AdaptersStateCommand.Verb verb : AdaptersStateCommand.Verb.values()) {
      line.addSubcommand(verb.word(), AdaptersStateCommand.line(context, verb));
    }
    line.addSubcommand("tag", AdaptersTagCommand.line(context, true));
    line.addSubcommand("untag", AdaptersTagCommand.line(context, false));
    line.addSubcommand("sign", new AdaptersSignCommand(context));
    line.addSubcommand("verify", new AdaptersVerifyCommand(context));
    line.addSubcommand("pull", new AdaptersPullCommand(context));
    line.addSubcommand("export", new AdaptersExportCommand(context));
    line.addSubcommand("import", new AdaptersImportCommand(context));
    line.addSubcommand("lineage", new AdaptersLineageCommand(context));
    line.addSubcommand("search", new AdaptersSearchCommand(context));
    line.addSubcommand("audit", new AdaptersAuditCommand(context));
    line.addSubcommand("combine", new CombineCommand(context));
    line.addSubcommand("resize", new ResizeCommand(context));
    return line;
  }

  private static CommandLine tenants(CommandContext context) {
    return new CommandLine(new TenantsCommand(context))
        .addSubcommand("create", new TenantsCreateCommand(context))
        .addSubcommand("list", new TenantsListCommand(context))
        .addSubcommand("show", new TenantsShowCommand(context))
        .addSubcommand("quota", new TenantsQuotaCommand(context))
        .addSubcommand("trust", new TenantsTrustCommand(context))
        .addSubcommand("distrust", new TenantsDistrustCommand(context))
        .addSubcommand("signatures", new TenantsSignaturesCommand(context))
        .addSubcommand("encrypt", new TenantsEncryptCommand(context))
        .addSubcommand("rotate-key", new TenantsRotateKeyCommand(context))
        .addSubcommand("erase", new TenantsEraseCommand(context))
        .addSubcommand("verify-erasure", new TenantsVerifyErasureCommand(context));
  }

  private static CommandLine keys(CommandContext context) {
    return new CommandLine(new KeysCommand(context))
        .addSubcommand("init", new KeysInitCommand(context))
        .addSubcommand("rotate", new KeysRotateCommand(context))
        .addSubcommand("signing", new KeysSigningCommand(context));
  }

  private static CommandLine store(CommandContext context) {
    return new CommandLine(new StoreCommand(context))
        .addSubcommand("init", new StoreInitCommand(context))
        .addSubcommand("stats", new StoreStatsCommand(context))
        .addSubcommand("watch", new StoreWatchCommand(context))
        .addSubcommand("fsck", new StoreFsckCommand(context))
        .addSubcommand("gc", new StoreGcCommand(context))
        .addSubcommand("migrate", new StoreMigrateCommand(context));
  }
}
