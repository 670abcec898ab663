package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.SideBySide;
import dev.graft.cli.screen.Style;
import dev.graft.cli.screen.TextTable;
import dev.graft.testmodels.ParcelDesk;
import dev.graft.train.TextScore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** How the quickstart with a decoder shows what it found. */
final class TextQuickstartReport {
  private static final String INDENT = "  ";

  /** Messages whose answers are shown, each about another matter. */
  private static final int SHOWN = 3;

  private TextQuickstartReport() {}

  static List<String> numbers(Style style, TextQuickstart.Outcome outcome) {
    DeskAnswers answers = outcome.answers();
    TextTable table =
        new TextTable(
            style, "", ">nll per token", ">perplexity", ">in the style", ">right word for word");
    row(table, "base", outcome.before(), answers, false, text -> text);
    row(table, "adapter", outcome.after(), answers, true, text -> style.green(style.bold(text)));
    return List.of(
        "  %d answers, base and adapter mixed, %d at a time  %s"
            .formatted(
                2 * answers.pairs().size(),
                answers.rows(),
                style.dim(
                    String.format(
                        Locale.ROOT,
                        "%s, %.0f tokens/s",
                        Quantities.human(answers.seconds()),
                        answers.tokens() / answers.seconds()))),
        "  replacing the loaded adapter by another took %s"
            .formatted(style.bold(Quantities.human(answers.replaceSeconds()))),
        "",
        table.render(INDENT),
        style.dim(
            "  %d messages with sentences and places that training has not seen"
                .formatted(answers.pairs().size())));
  }

  private static void row(
      TextTable table,
      String name,
      TextScore score,
      DeskAnswers answers,
      boolean adapter,
      UnaryOperator<String> style) {
    int all = answers.pairs().size();
    table.row(
        name,
        style.apply(EvalCommand.number(score.meanNll())),
        style.apply(decimals(score.perplexity())),
        style.apply("%d of %d".formatted(answers.inStyle(adapter), all)),
        style.apply("%d of %d".formatted(answers.right(adapter), all)));
  }

  /** A number as people read it, of any size. */
  static String decimals(double value) {
    return String.format(Locale.ROOT, value < 1e3 ? "%.2f" : "%,.0f", value);
  }

  static List<String> sideBySide(Screen screen, DeskAnswers answers) {
    Style style = screen.style();
    SideBySide columns = new SideBySide(style, screen.columns(), INDENT);
    List<String> lines = new ArrayList<>();
    for (DeskAnswers.Pair pair : answers.pairs().subList(0, SHOWN)) {
      lines.add("");
      SideBySide.wrap(pair.message().text(), screen.columns() - 1 - INDENT.length())
          .forEach(line -> lines.add(INDENT + style.cyan(line)));
      lines.addAll(columns.lines("base", style::dim, "adapter", style::dim));
      lines.addAll(columns.lines(pair.base(), text -> text, pair.adapter(), style::bold));
    }
    return lines;
  }

  /** The commands that go on from here. */
  static List<String> next(
      TextQuickstartPlaces places, boolean kept, TextQuickstart.Outcome outcome) {
    String chat = outcome.conversations() ? " --chat" : "";
    if (!kept) {
      List<String> lines =
          new ArrayList<>(
              List.of(
                  "The files are removed. To keep them and go on:",
                  "  graft quickstart --model %s --keep demo".formatted(quoted(places.model())),
                  "",
                  "With examples of your own, JSON lines with \"prompt\" and \"completion\"%s:"
                      .formatted(outcome.conversations() ? " or \"messages\"" : "")));
      if (!places.isBundle()) {
        lines.add(
            "  graft export %s -o bundle --task text-generation".formatted(quoted(places.model())));
      }
      String bundle = places.isBundle() ? quoted(places.model()) : "bundle";
      lines.add("  graft train %s --data examples.jsonl -o runs/first %s".formatted(bundle, FLAGS));
      lines.add(
          "  graft generate %s --adapter runs/first%s --prompt 'some text'"
              .formatted(bundle, chat));
      return lines;
    }
    String bundle = quoted(places.bundle());
    String run = quoted(places.run());
    String question = "Hello, parcel 5120 should be in Vigo by now.";
    String prompt = outcome.conversations() ? question : ParcelDesk.plainPrompt(question);
    List<String> lines = new ArrayList<>();
    lines.add("The files are in %s. Try next:".formatted(places.folder()));
    lines.add(
        "  graft generate %s --adapter %s%s --prompt '%s'".formatted(bundle, run, chat, prompt));
    if (outcome.conversations()) {
      lines.add("  graft chat %s --adapter desk=%s".formatted(bundle, run));
    }
    lines.add(
        "  graft eval %s --adapter %s --data %s".formatted(bundle, run, quoted(places.heldOut())));
    lines.add(
        "  graft train %s --data %s -o %s %s"
            .formatted(
                bundle,
                quoted(places.training()),
                quoted(places.folder().resolve("runs").resolve("more")),
                FLAGS));
    return lines;
  }

  private static final String FLAGS =
      "--lr %s --batch-size %d --warmup-steps 4"
          .formatted(TextQuickstart.LEARNING_RATE, TextQuickstart.BATCH_ROWS);

  /** A path as a shell takes it. */
  private static String quoted(Path path) {
    String text = path.toString();
    return text.matches("[\\w./@%+,:=-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  static ObjectNode json(
      TextQuickstartPlaces places, TextQuickstart.Outcome outcome, double seconds) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("folder", places.folder().toString());
    out.put("model", places.model().toString());
    out.put("seconds", seconds);
    out.put("conversations", outcome.conversations());
    out.put("examples", ParcelDesk.TRAINING);
    out.put("heldOut", outcome.answers().pairs().size());
    out.put("steps", outcome.steps());
    out.put("trainingSeconds", outcome.trainingSeconds());
    DeskAnswers answers = outcome.answers();
    score(out.putObject("base"), outcome.before(), answers, false);
    score(out.putObject("adapter"), outcome.after(), answers, true);
    out.put("answerTokensPerSecond", answers.tokens() / answers.seconds());
    out.put("replaceSeconds", answers.replaceSeconds());
    ArrayNode texts = out.putArray("answers");
    for (DeskAnswers.Pair pair : answers.pairs()) {
      texts
          .addObject()
          .put("message", pair.message().text())
          .put("wanted", pair.message().answer())
          .put("base", pair.base())
          .put("adapter", pair.adapter());
    }
    return out;
  }

  private static void score(ObjectNode out, TextScore score, DeskAnswers answers, boolean adapter) {
    out.put("nll", score.meanNll());
    out.put("perplexity", score.perplexity());
    out.put("inStyle", answers.inStyle(adapter));
    out.put("right", answers.right(adapter));
  }
}
