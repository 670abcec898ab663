package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.store.AdapterStore;
import dev.graft.store.StoreLocation;
import picocli.CommandLine.Command;

/** {@code graft store migrate}: a registry of an older format to this one's. */
@Command(
    name = "migrate",
    customSynopsis = "graft store migrate [--store PLACE] [OPTIONS]",
    description =
        "Bring the registry of an older Graft to this one's format. Stop the older ones first, and take a backup.")
final class StoreMigrateCommand extends PlaceCommand {
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
    AdapterStore.migrate(location);
    ObjectNode out = RegistryJson.object();
    out.put("store", location.toString());
    return answer(out, () -> tell(false, "%s has the newest format".formatted(location))).code();
  }
}
