package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Derivation;
import dev.graft.adapter.algebra.CombinedAdapter;
import dev.graft.adapter.algebra.ConflictReport;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.cli.screen.TextTable;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What {@code combine} and {@code resize} say about adapters they computed. */
final class CombinationAnswer {
  private static final int MODULES_SHOWN = 5;

  private CombinationAnswer() {}

  static ObjectNode json(
      Path output, CombinedAdapter combined, Optional<ConflictReport> conflicts) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.put("output", output.toString());
    answer.put("digest", combined.adapter().digest());
    combined.adapter().record().derivation().ifPresent(derived -> put(answer, derived));
    answer.put("modules", combined.adapter().weights().partCount());
    answer.put("largestRank", largestRank(combined));
    combined.relativeError().ifPresent(error -> answer.put("relativeError", error));
    if (!combined.moduleErrors().isEmpty()) {
      ArrayNode errors = answer.putArray("moduleErrors");
      for (CombinedAdapter.ModuleError error : combined.moduleErrors()) {
        errors
            .addObject()
            .put("module", error.module())
            .put("rank", error.rank())
            .put("norm", error.norm())
            .put("relativeError", error.relativeError());
      }
    }
    conflicts.ifPresent(report -> put(answer.putArray("conflicts"), report));
    combined.warnings().forEach(answer.putArray("warnings")::add);
    return answer;
  }

  private static void put(ObjectNode answer, Derivation derivation) {
    answer.put("method", derivation.method());
    ArrayNode parents = answer.putArray("parents");
    derivation
        .parents()
        .forEach(
            parent ->
                parents.addObject().put("digest", parent.digest()).put("weight", parent.weight()));
    answer.set("settings", derivation.settings());
  }

  private static void put(ArrayNode list, ConflictReport report) {
    for (ConflictReport.Pair pair : report.pairs()) {
      ObjectNode item = list.addObject();
      item.put("first", pair.first()).put("second", pair.second());
      item.put("commonModules", pair.commonModules());
      put(item, pair.score());
      ArrayNode modules = item.putArray("modules");
      for (ConflictReport.ModuleScore module : pair.modules()) {
        put(modules.addObject().put("module", module.module()), module.score());
      }
    }
  }

  private static void put(ObjectNode item, ConflictReport.Score score) {
    item.put("cosine", score.cosine());
    item.put("signConflict", score.signConflict());
    item.put("inputOverlap", score.inputOverlap());
    item.put("outputOverlap", score.outputOverlap());
  }

  static void show(ConflictReport report, Screen screen) {
    Style style = screen.style();
    screen.print(style.bold("conflicts"));
    TextTable table =
        new TextTable(
            style,
            "adapters",
            ">modules",
            ">cosine",
            ">sign conflict",
            ">input overlap",
            ">output overlap",
            "most opposed in");
    for (ConflictReport.Pair pair : report.pairs()) {
      ConflictReport.Score score = pair.score();
      table.row(
          "%s, %s".formatted(pair.first(), pair.second()),
          pair.commonModules(),
          decimals(score.cosine()),
          percent(score.signConflict()),
          percent(score.inputOverlap()),
          percent(score.outputOverlap()),
          mostOpposed(pair));
    }
    screen.print(table.render("  "));
  }

  private static String mostOpposed(ConflictReport.Pair pair) {
    return pair.modules().stream()
        .min(Comparator.comparingDouble(module -> module.score().cosine()))
        .map(module -> "%s (%s)".formatted(module.module(), decimals(module.score().cosine())))
        .orElse("");
  }

  static void show(Path output, CombinedAdapter combined, Screen screen) {
    Style style = screen.style();
    String method = combined.adapter().record().derivation().map(Derivation::method).orElseThrow();
    screen.print(
        "%s %s  %s, %d modules, rank %d"
            .formatted(
                style.done(),
                style.bold(output.toString()),
                method,
                combined.adapter().weights().partCount(),
                largestRank(combined)));
    if (combined.relativeError().isEmpty()) {
      return;
    }
    screen.print(
        "  the rank costs %s of the update's norm"
            .formatted(percent(combined.relativeError().getAsDouble())));
    List<CombinedAdapter.ModuleError> worst =
        combined.moduleErrors().stream()
            .filter(error -> error.relativeError() > 1e-6)
            .sorted(Comparator.comparingDouble(error -> -error.relativeError()))
            .limit(MODULES_SHOWN)
            .toList();
    if (!worst.isEmpty()) {
      TextTable table = new TextTable(style, "most in", ">rank", ">norm", ">cost");
      worst.forEach(
          error ->
              table.row(
                  error.module(),
                  error.rank(),
                  decimals(error.norm()),
                  percent(error.relativeError())));
      screen.print(table.render("  "));
    }
  }

  private static int largestRank(CombinedAdapter combined) {
    return LoraModules.in(combined.adapter()).values().stream()
        .mapToInt(weights -> weights.rank())
        .max()
        .orElse(0);
  }

  private static String decimals(double value) {
    return String.format(Locale.ROOT, "%.3g", value);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }
}
