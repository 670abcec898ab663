package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.algebra.UpdateDifference;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.TextTable;
import dev.graft.store.AdapterStore;
import dev.graft.store.StoredAdapter;
import dev.graft.store.model.AdapterReference;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
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
      "For every LoRA module: the Frobenius norm of both updates and of their",
      "difference, and how much of the directions that one reads (in) and writes (out)",
      "the other has too, 0 to 1. The base is not needed."
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
    StoredAdapter one = store.load(first);
    StoredAdapter other = store.load(second);
    VersionDifferences differences = VersionDifferences.between(one, other);
    List<UpdateDifference> modules = UpdateDifference.of(one.adapter(), other.adapter());
    return answer(
        json(one, other, differences, modules),
        () -> show(one, other, differences, modules, screen));
  }

  private static ObjectNode json(
      StoredAdapter one,
      StoredAdapter other,
      VersionDifferences differences,
      List<UpdateDifference> modules) {
    ObjectNode out = RegistryJson.object();
    out.set("first", RegistryJson.version(one.version()));
    out.set("second", RegistryJson.version(other.version()));
    out.put("same", one.adapter().digest().equals(other.adapter().digest()));
    ArrayNode facts = out.putArray("differences");
    differences
        .facts()
        .forEach(
            fact ->
                facts
                    .addObject()
                    .put("what", fact.what())
                    .put("first", fact.first())
                    .put("second", fact.second()));
    ArrayNode metrics = out.putArray("metrics");
    for (VersionDifferences.Metric metric : differences.metrics()) {
      ObjectNode entry = metrics.addObject().put("metric", metric.name());
      entry.put("first", metric.first());
      entry.put("second", metric.second());
    }
    ArrayNode updates = out.putArray("modules");
    for (UpdateDifference module : modules) {
      updates
          .addObject()
          .put("module", module.module())
          .put("firstNorm", module.firstNorm())
          .put("secondNorm", module.secondNorm())
          .put("differenceNorm", module.differenceNorm())
          .put("inputOverlap", module.inputOverlap())
          .put("outputOverlap", module.outputOverlap());
    }
    return out;
  }

  private static void show(
      StoredAdapter one,
      StoredAdapter other,
      VersionDifferences differences,
      List<UpdateDifference> modules,
      Screen screen) {
    String first = one.version().reference().toString();
    String second = other.version().reference().toString();
    if (one.adapter().digest().equals(other.adapter().digest())) {
      screen.print("%s and %s compute the same".formatted(first, second));
    }
    TextTable facts = new TextTable(screen.style(), "", first, second);
    for (VersionDifferences.Fact fact : differences.facts()) {
      facts.row(
          fact.what(),
          RegistryText.oneLine(fact.first(), 40),
          RegistryText.oneLine(fact.second(), 40));
    }
    for (VersionDifferences.Metric metric : differences.metrics()) {
      facts.row(metric.name(), text(metric.first()), text(metric.second()));
    }
    if (!facts.isEmpty()) {
      screen.print(facts.render(""));
    }
    if (modules.isEmpty()) {
      return;
    }
    screen.print("");
    TextTable table =
        new TextTable(
            screen.style(), "module", ">norm", ">norm", ">difference", ">in", ">out");
    for (UpdateDifference module : modules) {
      table.row(
          module.module(),
          number(module.firstNorm()),
          number(module.secondNorm()),
          number(module.differenceNorm()),
          share(module.inputOverlap()),
          share(module.outputOverlap()));
    }
    screen.print(table.render(""));
  }

  private static String text(@Nullable Double metric) {
    return metric == null ? "" : RegistryText.number(metric);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3g", value);
  }

  private static String share(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
