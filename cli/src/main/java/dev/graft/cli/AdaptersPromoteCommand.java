package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.AliasChange;
import dev.graft.store.model.AdapterReference;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code graft adapters promote}: points an alias to a version. */
@Command(
    name = "promote",
    customSynopsis = "graft adapters promote REF --alias ALIAS [OPTIONS]",
    description = "Point an alias to a version. Who asks for the alias from now on gets it.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters promote acme/support:candidate --alias prod",
      "  graft adapters promote acme/support@3 --alias prod --expect @2 --note week-12"
    })
final class AdaptersPromoteCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "REF",
      converter = RegistryConverters.ReferenceConverter.class,
      description = "The version.")
  AdapterReference reference;

  @Mixin AliasSettings alias;
  @Mixin ChangeSettings change;

  AdaptersPromoteCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "promote '%s'".formatted(reference);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    AliasChange moved = store.promote(reference, alias.alias, alias.where(), change.change());
    moved.warnings().forEach(this::warn);
    return answer(
        RegistryJson.change(moved, change.dryRun),
        () -> tell(change.dryRun, RegistryText.change(moved, screen.style().arrow())));
  }
}
