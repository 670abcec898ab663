package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.store.AdapterStore;
import dev.graft.store.StoreLocation;
import dev.graft.store.model.FormatChange;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code graft store migrate}: a registry of an older format to this one's. */
@Command(
    name = "migrate",
    customSynopsis = "graft store migrate [--store PLACE] [OPTIONS]",
    description =
        "Bring the registry of an older Graft to this one's format. Stop the older ones first, and take a backup.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft store migrate --dry-run      # from which format to which",
      "  graft store migrate --note 'new Graft on all machines'"
    })
final class StoreMigrateCommand extends PlaceCommand {
  @Mixin ChangeSettings change;

  StoreMigrateCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "migrate the registry";
  }

  @Override
  public Integer call() throws Exception {
    StoreLocation location = place.location(context());
    FormatChange formats = AdapterStore.migrate(location, change.change());
    ObjectNode out = RegistryJson.object();
    out.put("store", location.toString());
    out.put("from", formats.from());
    out.put("to", formats.to());
    out.put("dryRun", change.dryRun);
    return answer(out, () -> tell(change.dryRun, text(location, formats))).code();
  }

  private String text(StoreLocation location, FormatChange formats) {
    return formats.isMigration()
        ? "%s: format %d %s %d"
            .formatted(location, formats.from(), context().screen().style().arrow(), formats.to())
        : "%s has the newest format, %d, already".formatted(location, formats.to());
  }
}
