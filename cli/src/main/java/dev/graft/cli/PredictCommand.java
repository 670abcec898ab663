package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.data.Example;
import dev.graft.export.Bundle;
import dev.graft.infer.Engine;
import dev.graft.infer.Prediction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft predict}: labels of texts, by one adapter or by many in one batch. */
@Command(
    name = "predict",
    customSynopsis = "graft predict BUNDLE [--adapter [NAME=]DIR] [OPTIONS]",
    description = "Classify texts with one adapter, or with many in one batch.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft predict bundle --adapter runs/banking --text 'My card was declined'",
      "  cat texts.txt | graft predict bundle --adapter runs/banking --top 3",
      "  graft predict bundle --adapter banking=runs/banking \\",
      "      --adapter travel=runs/travel --data mixed.jsonl",
      "",
      "With several adapters each row of the data names its own:",
      "  {\"text\": \"...\", \"adapter\": \"travel\"}",
      "The answer is one JSON object a line, in the order of the texts."
    })
final class PredictCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Parameters(paramLabel = "BUNDLE", description = "A folder that 'graft export' made.")
  Path bundle;

  @Option(
      names = "--adapter",
      paramLabel = "[NAME=]DIR|REF",
      converter = AdapterArgument.Converter.class,
      description =
          "An adapter or a run, or a version in the registry; may be given several times, then with names. Without one the head that came with the model answers, if one did.")
  List<AdapterArgument> adapters = new ArrayList<>();

  @Mixin TextSource source;

  @Option(names = "--logits", description = "Also print the labels and their logits.")
  boolean logits;

  @Option(
      names = "--top",
      paramLabel = "K",
      description = "Also print the K most probable labels with their probabilities.")
  Optional<Integer> top = Optional.empty();

  @Mixin EngineSettings engineSettings;
  @Mixin StoreSettings place;

  @Option(names = "--json", description = "JSON lines; predict always answers so.")
  boolean json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  PredictCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "predict with '%s'".formatted(bundle);
  }

  @Override
  public Integer call() throws Exception {
    top.ifPresent(k -> EngineSettings.requirePositive("--top", k));
    Screen screen = context.screen();
    Bundle opened = Inputs.bundle(bundle);
    if (adapters.isEmpty() && opened.manifest().headLabels().isEmpty()) {
      throw CommandFailure.usage(
          "no adapter is given", "no head came with the base model", "name one with --adapter DIR");
    }
    try (Engine engine = Engine.open(opened, engineSettings.options())) {
      AdapterSet loaded =
          AdapterSet.load(engine::load, adapters, new StoreAdapters(context, place));
      source.forEachChunk(
          screen,
          rows -> {
            List<Prediction> answers = engine.predict(loaded.requests(rows, source.name()));
            for (int i = 0; i < rows.size(); i++) {
              screen.printJsonLine(answer(rows.get(i), answers.get(i)));
            }
            screen.flush();
          });
    }
    return ExitCode.OK.code();
  }

  private ObjectNode answer(Example row, Prediction prediction) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("text", row.text());
    out.put("label", prediction.label());
    out.put("score", prediction.score());
    if (top.isPresent()) {
      ArrayNode best = out.putArray("top");
      for (Prediction.Scored scored : prediction.ranked(top.get())) {
        best.addObject().put("label", scored.label()).put("score", scored.score());
      }
    }
    if (logits) {
      ArrayNode labels = out.putArray("labels");
      prediction.labels().forEach(labels::add);
      ArrayNode values = out.putArray("logits");
      prediction.logits().forEach(values::add);
    }
    out.put("adapter", prediction.adapter());
    out.put("adapterDigest", prediction.adapterDigest());
    if (prediction.truncated()) {
      out.put("truncated", true);
    }
    return out;
  }
}
