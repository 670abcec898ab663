package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.TextTable;
import dev.graft.store.AdapterStore;
import dev.graft.store.BlobTotals;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.Tenant;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;

/** {@code graft store stats}: how much is in it. */
@Command(
    name = "stats",
    customSynopsis = "graft store stats [OPTIONS]",
    description =
        "Show how much is in the registry: what its versions have, and what their blobs take where they are kept, also those of deleted versions until 'graft store gc'.")
final class StoreStatsCommand extends RegistryCommand {
  StoreStatsCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "look at the registry";
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    List<Tenant> tenants = store.tenants();
    int adapters = 0;
    for (Tenant tenant : tenants) {
      adapters += store.adapters(tenant.name()).size();
    }
    long versions = tenants.stream().mapToLong(Tenant::usedVersions).sum();
    long bytes = tenants.stream().mapToLong(Tenant::usedBytes).sum();
    long lines = store.audit(Optional.empty(), 1).stream().mapToLong(AuditLine::sequence).sum();
    BlobTotals blobs = store.blobTotals();
    ObjectNode out = RegistryJson.object();
    out.put("store", store.location().toString());
    out.put("tenants", tenants.size());
    out.put("adapters", adapters);
    out.put("versions", versions);
    out.put("sizeBytes", bytes);
    out.put("blobs", blobs.blobs());
    out.put("blobBytes", blobs.bytes());
    out.put("auditLines", lines);
    TextTable facts = new TextTable(screen.style(), "", "");
    facts.row("store", store.location());
    facts.row("tenants", tenants.size());
    facts.row("adapters", adapters);
    facts.row("versions", "%d, without the deleted ones".formatted(versions));
    facts.row("size", "%s, what versions share counted in each".formatted(Quantities.bytes(bytes)));
    facts.row(
        "stored",
        "%s in %d blobs, what is shared stored once"
            .formatted(Quantities.bytes(blobs.bytes()), blobs.blobs()));
    facts.row("audit lines", lines);
    return answer(out, () -> screen.print(facts.render("")));
  }
}
