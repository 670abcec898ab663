package dev.graft.cli;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.TargetModules;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.data.ExampleEncoder;
import dev.graft.data.GenerationColumns;
import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.ExportOptions;
import dev.graft.export.Task;
import dev.graft.family.PretrainedModel;
import dev.graft.session.BasePrecision;
import dev.graft.testmodels.ParcelDesk;
import dev.graft.text.TextTokenizer;
import dev.graft.train.TextScore;
import dev.graft.train.TextScorer;
import dev.graft.train.Trainer;
import dev.graft.train.TrainingData;
import dev.graft.train.TrainingOptions;
import dev.graft.train.TrainingOptionsBuilder;
import dev.graft.train.TrainingResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The steps of the quickstart with a decoder, each with what it shows. */
final class TextQuickstart {
  static final String ADAPTER = "desk";
  private static final String CONFIG_FILE = "config.json";
  static final double LEARNING_RATE = 1e-3;
  static final int BATCH_ROWS = 8;
  static final int EPOCHS = 3;
  private static final int WARM_UP_STEPS = 4;

  private final Screen screen;
  private final TextQuickstartPlaces places;
  private final Optional<Integer> threads;
  private final boolean talking;

  /**
   * All that was found out.
   *
   * @param before how well the base predicts the held-out answers
   * @param after how well it does with the adapter
   */
  record Outcome(
      boolean conversations,
      TextScore before,
      TextScore after,
      DeskAnswers answers,
      int steps,
      double trainingSeconds) {}

  TextQuickstart(
      Screen screen, TextQuickstartPlaces places, Optional<Integer> threads, boolean talking) {
    this.screen = screen;
    this.places = places;
    this.threads = threads;
    this.talking = talking;
  }

  /** Refuses what generates no text, before anything is made of it. */
  static void requireDecoder(Path model) {
    Inputs.requireExists(
        model,
        "model",
        "give the directory of a decoder's checkpoint; 'graft pull' fetches one from the Hub");
    if (!Files.isRegularFile(model.resolve(CONFIG_FILE))
        || Files.isRegularFile(model.resolve(Bundle.MANIFEST_FILE))) {
      return;
    }
    PretrainedModel pretrained;
    try {
      pretrained = PretrainedModel.read(model);
    } catch (IOException e) {
      throw Failures.explain(e, "run the quickstart with '%s'".formatted(model));
    }
    if (pretrained.kind() != PretrainedModel.Kind.DECODER) {
      throw new CommandFailure(
          ExitCode.INVALID,
          "cannot run the quickstart with '%s'".formatted(model),
          "it holds an encoder ('%s'), which generates no text".formatted(pretrained.family()),
          "try 'graft export %s -o bundle --task text-classification', or 'graft quickstart' without --model"
              .formatted(model));
    }
  }

  Outcome run() throws IOException {
    say(bold("Graft quickstart") + dim("  one decoder, one domain, one adapter"));
    Bundle bundle = bundle();
    boolean conversations = prepare(bundle);
    heading("2", "how the base does on messages that training will not see");
    TextScore before = score(bundle, Optional.empty());
    heading("3", "learn the desk's style from %d examples".formatted(ParcelDesk.TRAINING));
    say(dim("  a parcel service's desk answers in one line, always alike:"));
    say("  " + ParcelDesk.training().get(0).answer());
    TrainingResult trained = train(bundle);
    Adapter adapter = Inputs.adapter(places.run(), screen);
    TextScore after = score(bundle, Optional.of(adapter));
    heading("4", "base and adapter answer in the same batches");
    DeskAnswers answers = DeskAnswers.ask(bundle, adapter, places.heldOut(), threads, screen);
    Outcome outcome =
        new Outcome(
            conversations, before, after, answers, trained.steps(), trained.record().wallSeconds());
    TextQuickstartReport.numbers(screen.style(), outcome).forEach(this::say);
    TextQuickstartReport.sideBySide(screen, answers).forEach(this::say);
    return outcome;
  }

  private Bundle bundle() throws IOException {
    if (places.isBundle()) {
      heading("1", "open the bundle '%s'".formatted(places.model()));
      return Inputs.decoder(places.model());
    }
    heading("1", "export '%s'".formatted(places.model()));
    long start = System.nanoTime();
    Bundle bundle =
        BundleExporter.export(
                places.model(),
                Optional.empty(),
                ExportOptions.of(Task.TEXT_GENERATION),
                places.bundle())
            .bundle();
    say(
        "  %s decoder, %d layers, up to %d tokens  %s"
            .formatted(
                bundle.manifest().requireDecoder().family(),
                bundle.manifest().requireDecoder().layers(),
                bundle.manifest().maxLength(),
                dim(Quantities.human((System.nanoTime() - start) / 1e9))));
    return bundle;
  }

  /** Writes the examples as the model takes them; returns whether as conversations. */
  private boolean prepare(Bundle bundle) throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(bundle.tokenizer())) {
      boolean conversations = PromptEncoder.findTemplate(bundle, tokenizer).isPresent();
      if (!conversations) {
        say(dim("  it has no chat template, so plain prompts and completions are used"));
      }
      Files.createDirectories(places.data());
      write(places.training(), ParcelDesk.training(), conversations);
      write(places.heldOut(), ParcelDesk.heldOut(), conversations);
      requireRoom(bundle, tokenizer);
      return conversations;
    }
  }

  private static void write(Path file, List<ParcelDesk.Message> messages, boolean conversations)
      throws IOException {
    Files.writeString(file, ParcelDesk.jsonLines(messages, conversations));
  }

  private void requireRoom(Bundle bundle, TextTokenizer tokenizer) throws IOException {
    int needed =
        Math.max(
            DeskAnswers.room(bundle, tokenizer, places.training()),
            DeskAnswers.room(bundle, tokenizer, places.heldOut()));
    int context = bundle.manifest().maxLength();
    if (needed > context) {
      throw new CommandFailure(
          ExitCode.INVALID,
          "cannot run the quickstart with '%s'".formatted(places.model()),
          "the longest of its messages needs %d tokens with the answer, and the model's context takes %d"
              .formatted(needed, context),
          "use a model with a longer context");
    }
  }

  private TextScore score(Bundle bundle, Optional<Adapter> adapter) throws IOException {
    long start = System.nanoTime();
    TextScorer.Result result =
        TextScorer.score(
            bundle,
            adapter,
            new TextScorer.Request(
                places.heldOut(),
                GenerationColumns.defaults(),
                ExampleEncoder.Loss.ANSWERS,
                BasePrecision.FP32,
                threads.map(OptionalInt::of).orElse(OptionalInt.empty())));
    TextScore score = result.score();
    say(
        "  nll per token %s, perplexity %s  %s"
            .formatted(
                bold(EvalCommand.number(score.meanNll())),
                TextQuickstartReport.decimals(score.perplexity()),
                dim(
                    "%d texts in %s"
                        .formatted(
                            score.texts(), Quantities.human((System.nanoTime() - start) / 1e9)))));
    return score;
  }

  private TrainingResult train(Bundle bundle) throws IOException {
    TrainingResult result;
    try (StopOnSignal stop = StopOnSignal.install();
        TrainingScreen listener = TrainingScreen.brief(screen, ADAPTER)) {
      result =
          Trainer.train(
              bundle,
              TrainingData.of(places.training()),
              options(bundle),
              places.run(),
              listener,
              stop);
    }
    if (result.stopped()) {
      throw new CommandFailure(
          ExitCode.INTERRUPTED, "the quickstart was stopped", "a signal came", "run it again");
    }
    say(
        "  %s %d steps of %d examples in %s"
            .formatted(
                screen.style().done(),
                result.steps(),
                BATCH_ROWS,
                Quantities.human(result.record().wallSeconds())));
    return result;
  }

  private TrainingOptions options(Bundle bundle) {
    TrainingOptionsBuilder options =
        TrainingOptions.builder()
            .targets(new TargetModules.AllLinear())
            .epochs(EPOCHS)
            .batchSize(BATCH_ROWS)
            .warmupSteps(WARM_UP_STEPS)
            .learningRate(LEARNING_RATE)
            .maxLength(bundle.manifest().maxLength());
    threads.ifPresent(n -> options.threads(OptionalInt.of(n)));
    return options.build();
  }

  private void heading(String number, String text) {
    say("");
    say(screen.style().cyan(number) + "  " + bold(text));
  }

  private void say(String text) {
    if (talking) {
      screen.print(text);
    }
  }

  private String bold(String text) {
    return style().bold(text);
  }

  private String dim(String text) {
    return style().dim(text);
  }

  private Style style() {
    return screen.style();
  }
}
