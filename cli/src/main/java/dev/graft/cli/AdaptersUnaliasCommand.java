package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.AliasChange;
import dev.graft.store.model.AdapterName;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code graft adapters unalias}: removes an alias. */
@Command(
    name = "unalias",
    customSynopsis = "graft adapters unalias TENANT/NAME --alias ALIAS [OPTIONS]",
    description = "Remove an alias; the versions stay, and a rollback brings the alias back.",
    footerHeading = "%nExample:%n",
    footer = "  graft adapters unalias acme/support --alias candidate")
final class AdaptersUnaliasCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "TENANT/NAME",
      converter = RegistryConverters.NameConverter.class,
      description = "The adapter.")
  AdapterName adapter;

  @Mixin AliasSettings alias;
  @Mixin ChangeSettings change;

  AdaptersUnaliasCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "remove an alias of '%s'".formatted(adapter);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    AliasChange moved = store.removeAlias(adapter, alias.alias, alias.where(), change.change());
    return answer(
        RegistryJson.change(moved, change.dryRun),
        () -> tell(change.dryRun, RegistryText.change(moved, screen.style().arrow())));
  }
}
