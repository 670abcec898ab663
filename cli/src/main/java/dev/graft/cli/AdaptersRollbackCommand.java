package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.AliasChange;
import dev.graft.store.model.AdapterName;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code graft adapters rollback}: an alias goes back to where it pointed. */
@Command(
    name = "rollback",
    customSynopsis = "graft adapters rollback TENANT/NAME --alias ALIAS [OPTIONS]",
    description =
        "Let an alias go back to where it pointed before its last promotion; again, to where it pointed before that.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters rollback acme/support --alias prod --note 'answers are rude'",
      "",
      "Versions that are blocked or deleted by now are passed over."
    })
final class AdaptersRollbackCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "TENANT/NAME",
      converter = RegistryConverters.NameConverter.class,
      description = "The adapter.")
  AdapterName adapter;

  @Mixin AliasSettings alias;
  @Mixin ChangeSettings change;

  AdaptersRollbackCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "roll back '%s'".formatted(adapter);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    AliasChange moved = store.rollback(adapter, alias.alias, alias.where(), change.change());
    return answer(
        RegistryJson.change(moved, change.dryRun),
        () -> {
          tell(change.dryRun, RegistryText.change(moved, screen.style().arrow()));
          moved.skipped().forEach(version -> warn("@%d was passed over".formatted(version)));
        });
  }
}
