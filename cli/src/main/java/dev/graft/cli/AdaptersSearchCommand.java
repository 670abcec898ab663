package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.TextTable;
import dev.graft.store.AdapterStore;
import dev.graft.store.Search;
import dev.graft.store.check.Gate;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft adapters search}: versions by what is known of them. */
@Command(
    name = "search",
    customSynopsis = "graft adapters search [TEXT] [OPTIONS]",
    description =
        "Find versions, the newest first. What is given narrows; deleted ones are left out.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters search support --metric 'evalAccuracy>=0.9'",
      "  graft adapters search --tag week-12 --tenant acme",
      "  graft adapters search --base sha256:...      # which adapters need this base?",
      "  graft adapters search --state blocked"
    })
final class AdaptersSearchCommand extends RegistryCommand {
  @Parameters(
      arity = "0..1",
      paramLabel = "TEXT",
      description = "Part of the adapter's name, the author or the note.")
  Optional<String> text = Optional.empty();

  @Option(
      names = "--tenant",
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "Of this tenant.")
  Optional<String> tenant = Optional.empty();

  @Option(
      names = "--tag",
      paramLabel = "TAG",
      converter = RegistryConverters.WordConverter.class,
      description = "With this label.")
  Optional<String> tag = Optional.empty();

  @Option(names = "--base", paramLabel = "DIGEST", description = "For this base model.")
  Optional<String> base = Optional.empty();

  @Option(
      names = "--digest",
      paramLabel = "DIGEST",
      description = "That compute the same as this one, as the answers of 'predict' name it.")
  Optional<String> digest = Optional.empty();

  @Option(names = "--type", paramLabel = "TYPE", description = "LORA or PREFIX_TUNING.")
  Optional<String> type = Optional.empty();

  @Option(
      names = "--state",
      paramLabel = "STATE",
      converter = StateConverter.class,
      description = "active, deprecated, blocked or deleted; may be given several times.")
  List<VersionState> states = new ArrayList<>();

  @Option(
      names = "--metric",
      paramLabel = "GATE",
      converter = RegistryConverters.GateConverter.class,
      description = "METRIC>=NUMBER, or <=, >, <; may be given several times.")
  List<Gate> metrics = new ArrayList<>();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "At most so many. Default: ${DEFAULT-VALUE}.")
  int limit;

  AdaptersSearchCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "search the registry";
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    Search search = new Search().limit(limit);
    text.ifPresent(search::text);
    tenant.ifPresent(search::tenant);
    tag.ifPresent(search::tag);
    base.ifPresent(search::baseDigest);
    digest.ifPresent(search::digest);
    type.map(word -> word.toUpperCase(Locale.ROOT)).ifPresent(search::type);
    states.forEach(search::state);
    metrics.forEach(search::metric);
    List<Version> found = store.search(search);
    ObjectNode out = RegistryJson.object();
    ArrayNode versions = out.putArray("versions");
    found.forEach(version -> versions.add(RegistryJson.version(version)));
    return answer(out, () -> show(found, screen));
  }

  private static void show(List<Version> found, Screen screen) {
    if (found.isEmpty()) {
      screen.print("nothing was found");
      return;
    }
    TextTable table =
        new TextTable(
            screen.style(),
            "version",
            "state",
            "published",
            "by",
            "quality",
            ">size",
            "type",
            "note",
            "digest");
    for (Version version : found) {
      table.row(
          version.reference(),
          RegistryText.state(version, screen.style()),
          RegistryText.day(version.time()),
          RegistryText.oneLine(version.author(), 20),
          RegistryText.quality(version),
          Quantities.bytes(version.sizeBytes()),
          "%s %d".formatted(version.type(), version.rank()),
          RegistryText.oneLine(version.note(), 40),
          RegistryText.digest(version.digest()));
    }
    screen.print(table.renderWithin("", screen.tableColumns()));
  }

  /** {@code --state}. */
  static final class StateConverter implements ITypeConverter<VersionState> {
    @Override
    public VersionState convert(String value) {
      return Converters.parse(value, VersionState::parse);
    }
  }
}
