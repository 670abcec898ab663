package dev.graft.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.cli.screen.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** What {@code graft inspect RUN} says: a summary of run.json. */
record RunInspection(Path path, ObjectNode run) implements InspectCommand.Inspection {

  static RunInspection of(Path path) throws IOException {
    Path file = path.resolve("run.json");
    try {
      JsonNode tree = new ObjectMapper().readTree(Files.readString(file));
      if (tree instanceof ObjectNode object) {
        return new RunInspection(path, object);
      }
      throw invalid(file, "it is not a JSON object");
    } catch (JsonProcessingException e) {
      throw invalid(file, "it is not JSON: %s".formatted(e.getOriginalMessage()));
    }
  }

  private static CommandFailure invalid(Path file, String why) {
    return new CommandFailure(
        ExitCode.INVALID,
        "cannot read '%s'".formatted(file),
        why,
        "the file was changed; look into metrics.jsonl beside it");
  }

  @Override
  public ObjectNode json() {
    return run.deepCopy().put("kind", "run");
  }

  @Override
  public void show(Screen screen) {
    Style style = screen.style();
    screen.print(
        "%s  %s  %s".formatted(style.bold("run"), path, style.cyan(run.path("status").asText())));
    TextTable facts = new TextTable(style, "", "");
    if (run.has("problem")) {
      facts.row("problem", run.path("problem").asText());
    }
    facts.row(
        "steps", "%d of %d".formatted(run.path("steps").asLong(), run.path("totalSteps").asLong()));
    facts.row(
        "data",
        "%d rows, %s%d rows to evaluate"
            .formatted(
                run.path("rows").asLong(),
                run.path("labels").isEmpty() ? "" : run.path("labels").size() + " labels, ",
                run.path("evalRows").asLong()));
    facts.row(
        "trained",
        "%,d values in %d parts"
            .formatted(run.path("trainableParameters").asLong(), run.path("modules").size()));
    if (run.has("lastLoss")) {
      facts.row("last loss", EvalCommand.number(run.path("lastLoss").asDouble()));
    }
    if (run.has("bestEval")) {
      JsonNode best = run.path("bestEval");
      facts.row(
          "best evaluation",
          "accuracy %s, loss %s, after step %d"
              .formatted(
                  EvalCommand.percent(best.path("evalAccuracy").asDouble()),
                  EvalCommand.number(best.path("evalLoss").asDouble()),
                  best.path("step").asLong()));
    }
    facts.row(
        "speed",
        String.format(
            Locale.ROOT,
            "%,.0f tokens/s, %s in all",
            run.path("tokensPerSecond").asDouble(),
            Quantities.human(run.path("seconds").asDouble())));
    if (run.has("peakRssBytes")) {
      facts.row("peak memory", Quantities.bytes(run.path("peakRssBytes").asLong()));
    }
    for (Map.Entry<String, JsonNode> digest : run.path("digests").properties()) {
      facts.row(digest.getKey(), digest.getValue().asText());
    }
    screen.print(facts.render("  "));
    showOptions(screen);
  }

  private void showOptions(Screen screen) {
    TextTable options = new TextTable(screen.style(), "option", "value", "from");
    for (Map.Entry<String, JsonNode> option : run.path("options").properties()) {
      String origin = option.getValue().path("origin").asText();
      if (!origin.equals("default")) {
        JsonNode value = option.getValue().path("value");
        options.row(
            option.getKey(), value.isValueNode() ? value.asText() : value.toString(), origin);
      }
    }
    if (!options.isEmpty()) {
      screen.print("");
      screen.print(options.render("  "));
    }
  }
}
