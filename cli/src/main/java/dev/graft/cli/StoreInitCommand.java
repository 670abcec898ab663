package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.store.AdapterStore;
import dev.graft.store.StoreLocation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code graft store init}: a new registry. */
@Command(
    name = "init",
    customSynopsis = "graft store init [--store PLACE] [OPTIONS]",
    description = "Make a registry; one that is there already stays as it is.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft store init                                   # ~/.graft/store",
      "  graft store init --store /srv/adapters",
      "  graft store init --store jdbc:postgresql://db/graft --blobs /mnt/blobs",
      "  graft store init --store jdbc:postgresql://db/graft --blobs s3://adapters/prod"
    })
final class StoreInitCommand extends PlaceCommand {
  @Mixin ChangeSettings change;

  StoreInitCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "make a registry";
  }

  @Override
  public Integer call() throws Exception {
    StoreLocation location = place.location(context());
    boolean created = AdapterStore.initialize(location, change.change());
    ObjectNode out = RegistryJson.object();
    out.put("store", location.toString());
    out.put("created", created);
    out.put("dryRun", change.dryRun);
    return answer(
            out,
            () ->
                tell(
                    change.dryRun,
                    created
                        ? "a new registry at %s".formatted(location)
                        : "there is a registry at %s already".formatted(location)))
        .code();
  }
}
