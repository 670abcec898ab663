package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.TextTable;
import dev.graft.store.AdapterStore;
import dev.graft.store.AdapterSummary;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.Alias;
import dev.graft.store.model.Names;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.Version;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code graft adapters list}: adapters of all tenants or of one, or versions of an adapter. */
@Command(
    name = "list",
    customSynopsis = "graft adapters list [TENANT|TENANT/NAME] [OPTIONS]",
    description = "List adapters, or the versions of one.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters list                    # all tenants",
      "  graft adapters list acme",
      "  graft adapters list acme/support       # every version, also the deleted ones"
    })
final class AdaptersListCommand extends RegistryCommand {
  @Parameters(
      arity = "0..1",
      paramLabel = "TENANT|TENANT/NAME",
      description = "Whose adapters, or versions of which adapter. Default: all.")
  Optional<String> what = Optional.empty();

  AdaptersListCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "list adapters";
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    if (what.isPresent() && what.get().indexOf('/') >= 0) {
      return versions(store, AdapterName.parse(what.get()), screen);
    }
    List<AdapterSummary> found = new ArrayList<>();
    if (what.isPresent()) {
      found.addAll(store.adapters(Names.check("tenant", what.get())));
    } else {
      for (Tenant tenant : store.tenants()) {
        found.addAll(store.adapters(tenant.name()));
      }
    }
    return answer(json(found), () -> show(found, screen));
  }

  private void show(List<AdapterSummary> found, Screen screen) {
    if (found.isEmpty()) {
      screen.print("there are no adapters; 'graft adapters add' publishes one");
      return;
    }
    TextTable table =
        new TextTable(
            screen.style(),
            "adapter",
            ">newest",
            "aliases",
            "published",
            "by",
            "quality",
            ">size",
            "type",
            "note");
    for (AdapterSummary summary : found) {
      Version newest = summary.newest();
      table.row(
          summary.line().name(),
          "@" + newest.number(),
          RegistryText.aliases(summary.aliases()),
          RegistryText.day(newest.time()),
          RegistryText.oneLine(newest.author(), 20),
          RegistryText.quality(newest),
          Quantities.bytes(newest.sizeBytes()),
          "%s %d".formatted(newest.type(), newest.rank()),
          RegistryText.oneLine(newest.note(), 40));
    }
    screen.print(table.renderWithin("", screen.tableColumns()));
  }

  private static ObjectNode json(List<AdapterSummary> found) {
    ObjectNode out = RegistryJson.object();
    ArrayNode adapters = out.putArray("adapters");
    for (AdapterSummary summary : found) {
      ObjectNode adapter = adapters.addObject();
      adapter.put("adapter", summary.line().name().toString());
      adapter.put("baseDigest", summary.line().baseDigest());
      adapter.set("newest", RegistryJson.version(summary.newest()));
      RegistryJson.aliases(adapter.putArray("aliases"), summary.aliases());
    }
    return out;
  }

  private ExitCode versions(AdapterStore store, AdapterName adapter, Screen screen)
      throws IOException {
    List<Version> versions = store.versions(adapter);
    List<Alias> aliases = store.aliases(adapter);
    ObjectNode out = RegistryJson.object();
    out.put("adapter", adapter.toString());
    ArrayNode list = out.putArray("versions");
    TextTable table =
        new TextTable(
            screen.style(),
            "version",
            "state",
            "aliases",
            "published",
            "by",
            "quality",
            ">size",
            "type",
            "digest",
            "note");
    for (Version version : versions) {
      List<String> names =
          aliases.stream()
              .filter(alias -> alias.version() == version.number())
              .map(Alias::name)
              .toList();
      ObjectNode entry = RegistryJson.version(version);
      names.forEach(entry.putArray("aliases")::add);
      list.add(entry);
      table.row(
          "@" + version.number(),
          RegistryText.state(version, screen.style()),
          String.join(", ", names),
          RegistryText.minute(version.time()),
          RegistryText.oneLine(version.author(), 20),
          RegistryText.quality(version),
          Quantities.bytes(version.sizeBytes()),
          "%s %d".formatted(version.type(), version.rank()),
          RegistryText.digest(version.digest()),
          RegistryText.oneLine(version.note(), 40));
    }
    return answer(out, () -> screen.print(table.renderWithin("", screen.tableColumns())));
  }
}
