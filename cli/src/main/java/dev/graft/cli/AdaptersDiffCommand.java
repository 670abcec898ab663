package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.algebra.LoraDifference;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.TextTable;
import dev.graft.store.AdapterStore;
import dev.graft.store.VersionDiff;
import dev.graft.store.model.AdapterReference;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code graft adapters diff}: in what two versions differ, without their base. */
@Command(
    name = "diff",
    customSynopsis = "graft adapters diff REF REF [OPTIONS]",
    description = "Compare two versions: what they are, how good, and how far their updates are.",
    footerHeading = "%nExample:%n",
    footer = {
      "  graft adapters diff acme/support:prod acme/support:candidate",
      "",
      "For every LoRA module: the Frobenius norms of both updates and of their",
      "difference, the cosine between them, and how much of the directions that one",
      "reads (in) and writes (out) the other has too, 0 to 1. The base is not needed."
    })
final class AdaptersDiffCommand extends RegistryCommand {
  @Parameters(
      index = "0",
      paramLabel = "REF",
      converter = RegistryConverters.ReferenceConverter.class,
      description = "One version.")
  AdapterReference first;

  @Parameters(
      index = "1",
      paramLabel = "REF",
      converter = RegistryConverters.ReferenceConverter.class,
      description = "The other.")
  AdapterReference second;

  AdaptersDiffCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "compare '%s' with '%s'".formatted(first, second);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    VersionDiff diff = store.diff(first, second);
    return answer(json(diff), () -> show(diff, screen));
  }

  private static boolean isSame(VersionDiff diff) {
    return diff.one().digest().equals(diff.other().digest());
  }

  private static ObjectNode json(VersionDiff diff) {
    ObjectNode out = RegistryJson.object();
    out.set("first", RegistryJson.version(diff.one()));
    out.set("second", RegistryJson.version(diff.other()));
    out.put("same", isSame(diff));
    ArrayNode fields = out.putArray("configuration");
    for (VersionDiff.Field field : diff.configuration()) {
      fields
          .addObject()
          .put("field", field.name())
          .put("first", field.one().orElse(null))
          .put("second", field.other().orElse(null));
    }
    ArrayNode metrics = out.putArray("metrics");
    for (VersionDiff.Metric metric : diff.metrics()) {
      metrics
          .addObject()
          .put("metric", metric.name())
          .put("first", metric.one().orElse(null))
          .put("second", metric.other().orElse(null));
    }
    ArrayNode modules = out.putArray("modules");
    for (LoraDifference module : diff.modules()) {
      modules
          .addObject()
          .put("module", module.module())
          .put("firstNorm", module.norm())
          .put("secondNorm", module.otherNorm())
          .put("differenceNorm", module.differenceNorm())
          .put("cosine", module.cosine())
          .put("inputOverlap", module.inputOverlap())
          .put("outputOverlap", module.outputOverlap());
    }
    diff.onlyInOne().forEach(out.putArray("onlyInFirst")::add);
    diff.onlyInOther().forEach(out.putArray("onlyInSecond")::add);
    return out;
  }

  private static void show(VersionDiff diff, Screen screen) {
    String first = diff.one().reference().toString();
    String second = diff.other().reference().toString();
    screen.print(
        isSame(diff)
            ? "%s and %s compute the same".formatted(first, second)
            : "%s and %s compute different things".formatted(first, second));
    TextTable facts = new TextTable(screen.style(), "", first, second);
    for (VersionDiff.Field field : diff.configuration()) {
      facts.row(field.name(), text(field.one()), text(field.other()));
    }
    for (VersionDiff.Metric metric : diff.metrics()) {
      facts.row(
          metric.name(),
          text(metric.one().map(RegistryText::number)),
          text(metric.other().map(RegistryText::number)));
    }
    if (!facts.isEmpty()) {
      screen.print("");
      screen.print(facts.render(""));
    }
    if (!diff.modules().isEmpty()) {
      screen.print("");
      screen.print(modules(diff, screen).renderWithin("", screen.tableColumns()));
    }
    alone(first, diff.onlyInOne(), screen);
    alone(second, diff.onlyInOther(), screen);
  }

  private static TextTable modules(VersionDiff diff, Screen screen) {
    TextTable table =
        new TextTable(
            screen.style(),
            "module",
            ">@%d".formatted(diff.one().number()),
            ">@%d".formatted(diff.other().number()),
            ">difference",
            ">cosine",
            ">in",
            ">out");
    for (LoraDifference module : diff.modules()) {
      table.row(
          module.module(),
          number(module.norm()),
          number(module.otherNorm()),
          number(module.differenceNorm()),
          share(module.cosine()),
          share(module.inputOverlap()),
          share(module.outputOverlap()));
    }
    return table;
  }

  private static void alone(String reference, List<String> modules, Screen screen) {
    if (!modules.isEmpty()) {
      screen.print("only in %s: %s".formatted(reference, String.join(", ", modules)));
    }
  }

  private static String text(Optional<String> value) {
    return RegistryText.oneLine(value.orElse(""), 40);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3g", value);
  }

  private static String share(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
