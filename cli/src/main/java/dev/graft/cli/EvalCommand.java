package dev.graft.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.cli.screen.TextTable;
import dev.graft.data.Dataset;
import dev.graft.data.LabelMap;
import dev.graft.export.Bundle;
import dev.graft.infer.Engine;
import dev.graft.infer.EvalResult;
import dev.graft.infer.Evaluator;
import dev.graft.train.TextScorer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft eval}: how well an adapter answers labelled texts. */
@Command(
    name = "eval",
    customSynopsis = "graft eval BUNDLE --data FILE [--adapter DIR|REF] [OPTIONS]",
    description = "Measure an adapter on labelled texts, or a decoder's on texts to continue.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft eval bundle --adapter runs/banking --data test.jsonl",
      "  graft eval bundle --data test.jsonl                  # before training",
      "",
      "Without an adapter the head that came with the model answers, if one did and",
      "has the labels; else every text gets the label whose other texts have the most",
      "similar vectors on average (nearest class mean, the text itself left out).",
      "For a decoder: negative log-likelihood, perplexity and accuracy of the tokens that",
      "training would learn, with the adapter or of the base alone."
    })
final class EvalCommand implements Callable<Integer>, Doing {
  private static final int CONFUSIONS_SHOWN = 5;

  private final CommandContext context;

  @Parameters(paramLabel = "BUNDLE", description = "A folder that 'graft export' made.")
  Path bundle;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description =
          "Labelled texts, or for a decoder examples as for training: .jsonl, .csv or .tsv.")
  Path data;

  @Option(
      names = "--adapter",
      paramLabel = "DIR|REF",
      converter = AdapterArgument.Converter.class,
      description = "An adapter or a run, or a version in the registry.")
  Optional<AdapterArgument> adapter = Optional.empty();

  @Mixin ColumnOptions columns;
  @Mixin PromptColumns prompts;
  @Mixin LossOption lossOn;
  @Mixin EngineSettings engineSettings;
  @Mixin StoreSettings place;
  @Mixin JsonOption json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  EvalCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "evaluate on '%s'".formatted(data);
  }

  @Override
  public Integer call() throws Exception {
    Bundle opened = Inputs.bundle(bundle);
    Inputs.data(data);
    if (opened.manifest().decoder().isPresent()) {
      TextScores.answer(context, opened, adapter, request(), adapters(), json.json);
      return ExitCode.OK.code();
    }
    Dataset rows = Dataset.read(data, columns.columns(), true);
    try (Engine engine = Engine.open(opened, engineSettings.options())) {
      if (adapter.isPresent()) {
        AdapterSet.load(engine::load, List.of(adapter.get()), adapters());
        answer(Evaluator.evaluate(engine, adapter.get().name(), rows));
      } else if (knowsLabels(opened.manifest().headLabels(), rows)) {
        answer(Evaluator.evaluateBase(engine, rows));
      } else {
        answerForBase(NearestClassMean.leaveOneOut(engine, rows));
      }
    }
    return ExitCode.OK.code();
  }

  private StoreAdapters adapters() {
    return new StoreAdapters(context, place);
  }

  /** Whether the head that came with the base can be asked. */
  private static boolean knowsLabels(List<String> headLabels, Dataset rows) throws IOException {
    return !headLabels.isEmpty() && headLabels.containsAll(LabelMap.of(rows).names());
  }

  private void answer(EvalResult result) {
    if (json.json) {
      context.screen().printJson(json(result));
    } else {
      show(result);
    }
  }

  private TextScorer.Request request() {
    return new TextScorer.Request(
        data,
        prompts.columns(columns),
        lossOn.loss,
        engineSettings.basePrecision,
        engineSettings.threads.map(OptionalInt::of).orElse(OptionalInt.empty()));
  }

  private void answerForBase(NearestClassMean.Score score) {
    if (json.json) {
      ObjectNode out = JsonNodeFactory.instance.objectNode();
      out.put("method", "nearest-class-mean");
      out.put("count", score.count());
      out.put("accuracy", score.accuracy());
      out.put("labels", score.labels());
      context.screen().printJson(out);
      return;
    }
    Style style = context.screen().style();
    context
        .screen()
        .print(
            "%s  nearest class mean of the base model's vectors, %d rows, %d labels"
                .formatted(style.bold(percent(score.accuracy())), score.count(), score.labels()));
  }

  private void show(EvalResult result) {
    Screen screen = context.screen();
    Style style = screen.style();
    screen.print(
        "%s accuracy   macro F1 %s   loss %s   %d rows"
            .formatted(
                style.bold(percent(result.accuracy())),
                percent(result.macroF1()),
                number(result.loss()),
                result.count()));
    TextTable table = new TextTable(style, "label", ">precision", ">recall", ">F1", ">rows");
    result
        .labels()
        .forEach(
            (label, s) ->
                table.row(
                    label,
                    percent(s.precision()),
                    percent(s.recall()),
                    percent(s.f1()),
                    s.support()));
    screen.print("");
    screen.print(table.render("  "));
    List<String> confusions = confusions(result, style);
    if (!confusions.isEmpty()) {
      screen.print("");
      screen.print(style.dim("  most frequent mistakes"));
      confusions.forEach(line -> screen.print("  " + line));
    }
    if (result.truncated() > 0) {
      screen.note(
          "%d rows were longer than the bundle's limit and were cut".formatted(result.truncated()));
    }
  }

  private record Mistake(String truth, String answer, long rows) {}

  private static List<String> confusions(EvalResult result, Style style) {
    List<Mistake> mistakes = new ArrayList<>();
    result
        .confusion()
        .forEach(
            (truth, answers) ->
                answers.forEach(
                    (answer, rows) -> {
                      if (!answer.equals(truth)) {
                        mistakes.add(new Mistake(truth, answer, rows));
                      }
                    }));
    return mistakes.stream()
        .sorted(Comparator.comparingLong(Mistake::rows).reversed().thenComparing(Mistake::truth))
        .limit(CONFUSIONS_SHOWN)
        .map(m -> "%3d  %s %s %s".formatted(m.rows(), m.truth(), style.arrow(), m.answer()))
        .toList();
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static ObjectNode json(EvalResult result) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("count", result.count());
    out.put("loss", result.loss());
    out.put("accuracy", result.accuracy());
    out.put("macroF1", result.macroF1());
    out.put("truncated", result.truncated());
    ObjectNode labels = out.putObject("labels");
    result
        .labels()
        .forEach(
            (label, s) ->
                labels
                    .putObject(label)
                    .put("precision", s.precision())
                    .put("recall", s.recall())
                    .put("f1", s.f1())
                    .put("support", s.support()));
    ObjectNode confusion = out.putObject("confusion");
    for (Map.Entry<String, Map<String, Long>> row : result.confusion().entrySet()) {
      ObjectNode answers = confusion.putObject(row.getKey());
      row.getValue().forEach(answers::put);
    }
    return out;
  }
}
