package dev.graft.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.TextTable;
import dev.graft.store.AdapterStore;
import dev.graft.store.SignatureReport;
import dev.graft.store.VersionDetails;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Alias;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.Parent;
import dev.graft.store.model.Version;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft adapters show}: one version, what points to it, and how it came to be. */
@Command(
    name = "show",
    customSynopsis = "graft adapters show REF [OPTIONS]",
    description = "Show one version: what it is, since when it is live, what it was made from.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters show acme/support             # what :prod points to",
      "  graft adapters show acme/support@3 --training",
      "",
      "REF is TENANT/NAME, TENANT/NAME:ALIAS, TENANT/NAME@VERSION or",
      "TENANT/NAME@sha256:DIGEST; TENANT/NAME alone means TENANT/NAME:prod."
    })
final class AdaptersShowCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "REF",
      converter = RegistryConverters.ReferenceConverter.class,
      description = "The version.")
  AdapterReference reference;

  @Option(
      names = "--training",
      description = "Also show its training record, for which its files are read.")
  boolean training;

  AdaptersShowCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "show '%s'".formatted(reference);
  }

  /** Since when an alias points where it does. */
  private record Since(Alias alias, AliasMove move) {}

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    VersionDetails details = store.details(reference);
    List<Since> aliases = new ArrayList<>();
    for (Alias alias : details.aliases()) {
      aliases.add(
          new Since(alias, store.history(details.version().adapter(), alias.name()).get(0)));
    }
    Optional<ObjectNode> record = Optional.empty();
    if (training) {
      record =
          Optional.of(store.inspect(details.version().reference()).adapter().record().training());
    }
    SignatureReport signatures = store.signing().of(details.version().reference());
    ObjectNode out = json(details, aliases);
    SignatureText.addTo(out, signatures);
    record.ifPresent(object -> out.set("training", object));
    Optional<ObjectNode> shown = record;
    return answer(out, () -> show(details, aliases, signatures, shown, screen));
  }

  private static ObjectNode json(VersionDetails details, List<Since> aliases) {
    ObjectNode out = RegistryJson.object();
    out.set("version", RegistryJson.version(details.version()));
    ArrayNode pointing = out.putArray("aliases");
    for (Since since : aliases) {
      ObjectNode entry = RegistryJson.alias(since.alias());
      entry.put("since", since.move().time().toString());
      entry.put("author", since.move().author());
      entry.put("note", since.move().note());
      pointing.add(entry);
    }
    ArrayNode parents = out.putArray("parents");
    details.parents().forEach(parent -> parents.add(RegistryJson.parent(parent)));
    details.tags().forEach(out.putArray("tags")::add);
    ArrayNode files = out.putArray("files");
    details
        .files()
        .forEach(
            file ->
                files
                    .addObject()
                    .put("name", file.name())
                    .put("digest", file.digest())
                    .put("sizeBytes", file.sizeBytes()));
    return out;
  }

  private static void show(
      VersionDetails details,
      List<Since> aliases,
      SignatureReport signatures,
      Optional<ObjectNode> record,
      Screen screen) {
    Version version = details.version();
    screen.print(
        "%s  %s"
            .formatted(
                screen.style().bold(version.reference().toString()),
                RegistryText.state(version, screen.style())));
    TextTable facts = new TextTable(screen.style(), "", "");
    for (Since since : aliases) {
      AliasMove move = since.move();
      facts.row(
          since.alias().name(),
          "since %s, by %s%s"
              .formatted(RegistryText.minute(move.time()), move.author(), inBrackets(move.note())));
    }
    facts.row(
        "published",
        "%s, by %s%s"
            .formatted(
                RegistryText.minute(version.time()), version.author(), inBrackets(version.note())));
    facts.row("type", "%s, rank %d".formatted(version.type(), version.rank()));
    if (!version.metrics().isEmpty()) {
      facts.row("metrics", RegistryText.metrics(version.metrics()));
    }
    for (Parent parent : details.parents()) {
      facts.row("made from", AdaptersLineageCommand.text(parent));
    }
    for (SignatureReport.Entry entry : signatures.signatures()) {
      facts.row("signed", SignatureText.line(entry, screen.style()));
    }
    if (!details.tags().isEmpty()) {
      facts.row("tags", String.join(", ", details.tags()));
    }
    facts.row(
        "size",
        "%s in %d files".formatted(Quantities.bytes(version.sizeBytes()), details.files().size()));
    facts.row("digest", version.digest());
    facts.row("base", version.baseDigest());
    facts.row("tokenizer", version.tokenizerDigest());
    screen.print(facts.render("  "));
    record.ifPresent(object -> training(object, screen));
  }

  private static void training(ObjectNode record, Screen screen) {
    screen.print("");
    TextTable table = new TextTable(screen.style(), "training", "");
    for (Map.Entry<String, JsonNode> field : record.properties()) {
      String text =
          field.getValue().isValueNode() ? field.getValue().asText() : field.getValue().toString();
      table.row(
          RegistryText.oneLine(field.getKey(), 40),
          RegistryText.oneLine(text, Math.max(40, Math.min(2000, screen.tableColumns() - 20))));
    }
    screen.print(table.render("  "));
  }

  private static String inBrackets(String note) {
    return note.isEmpty() ? "" : " (%s)".formatted(RegistryText.oneLine(note, 200));
  }
}
