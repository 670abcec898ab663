package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.TextTable;
import dev.graft.store.AdapterStore;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.AuditLine;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft adapters history}: what happened to an adapter, or where an alias pointed. */
@Command(
    name = "history",
    customSynopsis = "graft adapters history TENANT/NAME [--alias ALIAS] [OPTIONS]",
    description = "Show what happened to an adapter, the latest first.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters history acme/support                # all of it",
      "  graft adapters history acme/support --alias prod   # where prod pointed"
    })
final class AdaptersHistoryCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "TENANT/NAME",
      converter = RegistryConverters.NameConverter.class,
      description = "The adapter.")
  AdapterName adapter;

  @Option(
      names = "--alias",
      paramLabel = "ALIAS",
      converter = RegistryConverters.WordConverter.class,
      description = "Only the moves of this alias, also if it is removed by now.")
  Optional<String> alias = Optional.empty();

  AdaptersHistoryCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "show the history of '%s'".formatted(adapter);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    return alias.isPresent() ? moves(store, alias.get(), screen) : events(store, screen);
  }

  private ExitCode moves(AdapterStore store, String name, Screen screen) throws IOException {
    List<AliasMove> moves = store.history(adapter, name);
    ObjectNode out = RegistryJson.object();
    out.put("adapter", adapter.toString());
    out.put("alias", name);
    ArrayNode list = out.putArray("moves");
    TextTable table =
        new TextTable(screen.style(), ">rev", "time (UTC)", "move", "to", "by", "note");
    for (AliasMove move : moves) {
      list.add(RegistryJson.move(move));
      table.row(
          move.revision(),
          RegistryText.minute(move.time()),
          move.kind().name().toLowerCase(Locale.ROOT),
          move.version().isPresent() ? "@" + move.version().getAsInt() : "",
          RegistryText.oneLine(move.author(), 20),
          RegistryText.oneLine(move.note(), 40));
    }
    return answer(out, () -> screen.print(table.renderWithin("", screen.tableColumns())));
  }

  private ExitCode events(AdapterStore store, Screen screen) throws IOException {
    store.versions(adapter);
    List<AuditLine> lines = store.audit(adapter, Integer.MAX_VALUE);
    ObjectNode out = RegistryJson.object();
    out.put("adapter", adapter.toString());
    ArrayNode events = out.putArray("events");
    lines.forEach(line -> events.add(RegistryJson.audit(line)));
    return answer(out, () -> screen.print(AuditTable.of(lines, false, screen)));
  }
}
