package dev.graft.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.export.Bundle;
import dev.graft.store.AdapterStore;
import dev.graft.store.PublishResult;
import dev.graft.store.StoredAdapter;
import dev.graft.store.model.Version;
import dev.graft.train.Trainer;
import dev.graft.train.TrainingData;
import dev.graft.train.TrainingOptions;
import dev.graft.train.TrainingResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code graft train}: from labelled texts to an adapter. */
@Command(
    name = "train",
    customSynopsis = "graft train BUNDLE --data FILE -o RUN [OPTIONS]",
    description =
        "Train an adapter: with a classification head on labelled texts, or of a decoder on texts to continue.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft train bundle --data train.jsonl -o runs/first",
      "  graft train bundle --data train.csv --eval-data test.csv -o runs/qv \\",
      "      --targets query,value --rank 8",
      "  graft train chat-bundle --data chats.jsonl -o runs/tone --targets q_proj,v_proj",
      "  graft train chat-bundle --data pairs.csv -o runs/prefix --adapter-type prefix \\",
      "      --init-prompt 'Answer politely.'",
      "  graft train bundle --config run.yaml --lr 1e-3 -o runs/slow",
      "  graft train bundle --data train.jsonl -o runs/first --resume",
      "  graft train bundle --data week12.jsonl -o runs/week12 \\",
      "      --like acme/support:prod --data-changed \\",
      "      --publish acme/support --alias candidate",
      "",
      "The run folder gets adapter/ (loads in Hugging Face PEFT), metrics.jsonl and",
      "run.json. Ctrl-C writes a checkpoint; --resume goes on from it and ends in the",
      "same bytes as if nothing had happened. Options may come from the environment",
      "(GRAFT_MAX_STEPS) or, without their dashes (max-steps: 200), from --config."
    })
final class TrainCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "BUNDLE", description = "A folder that 'graft export' made.")
  Path bundle;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description =
          "Labelled texts, or for a decoder prompts with completions, conversations (messages) or texts: .jsonl, .csv or .tsv.")
  Path data;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "RUN",
      description = "The run folder to make; with --resume the one to go on with.")
  Path output;

  @Option(
      names = "--eval-data",
      paramLabel = "FILE",
      description = "Examples of the same kind to evaluate on during training.")
  Optional<Path> evalData = Optional.empty();

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description = "The labels, one a line, in order. Default: the data's, sorted.")
  Optional<Path> labels = Optional.empty();

  @Option(
      names = "--init-adapter",
      paramLabel = "DIR|REF",
      converter = AdapterSource.Converter.class,
      description = "An adapter, or a version in the registry, to start from instead of a new one.")
  Optional<AdapterSource> initAdapter = Optional.empty();

  @Option(names = "--resume", description = "Go on from the last checkpoint of the run.")
  boolean resume;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "YAML with values for options, such as 'max-steps: 200'.")
  Optional<Path> config = Optional.empty();

  @Mixin ColumnOptions columns;
  @Mixin PromptColumns prompts;
  @Mixin LossOption lossOn;
  @Mixin LikeSettings like;
  @Mixin TrainPublishing publishing;
  @Mixin StoreSettings place;
  @Mixin JsonOption json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  TrainCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "train on '%s'".formatted(data);
  }

  @Override
  public Integer call() throws Exception {
    LayeredDefaults defaults = (LayeredDefaults) spec.defaultValueProvider();
    TrainingOptions given = TrainingFlags.options(spec.commandLine().getParseResult(), defaults);
    like.check();
    if (!resume) {
      requireNewRun();
    }
    Inputs.data(data);
    evalData.ifPresent(Inputs::data);
    labels.ifPresent(f -> Inputs.requireExists(f, "label file", "check the path after --labels"));
    Bundle opened = Inputs.bundle(bundle);
    publishing.check(context, place, spec.commandLine().getParseResult());
    Optional<LikeRecord> record = record();
    TrainingOptions options = record.map(it -> it.options(given)).orElse(given);
    try (StoreAdapters.Folder start = start(record)) {
      TrainingData trainingData =
          new TrainingData(
              data,
              evalData,
              columns.columns(),
              prompts.columns(columns),
              lossOn.loss,
              labels,
              start.isNone() ? Optional.empty() : Optional.of(start.path()));
      if (record.isPresent()) {
        record.get().requireSame(Trainer.inputs(opened, trainingData, options), like.dataChanged);
      }
      TrainingResult result;
      try (StopOnSignal stop = StopOnSignal.install()) {
        result = run(opened, trainingData, options, stop);
        if (result.stopped()) {
          // Said while the process is still held; once it is not, it may end at any moment.
          return stopped(result);
        }
      }
      return answer(opened, result, record, parents(record, start));
    }
  }

  private Optional<LikeRecord> record() throws IOException {
    if (like.reference.isEmpty()) {
      return Optional.empty();
    }
    try (AdapterStore store = place.open(context)) {
      StoredAdapter stored = store.load(like.reference.get());
      StoreAdapters.warnIfDeprecated(stored.version(), context.screen());
      return Optional.of(LikeRecord.of(stored, store.details(stored.version().reference())));
    }
  }

  /** What the run starts from: what is given, or what the version of the record started from. */
  private StoreAdapters.Folder start(Optional<LikeRecord> record) throws IOException {
    StoreAdapters adapters = new StoreAdapters(context, place);
    if (initAdapter.isPresent()) {
      return adapters.folder(initAdapter.get());
    }
    Optional<String> digest = record.flatMap(LikeRecord::initAdapter);
    return digest.isPresent()
        ? adapters.withDigest(record.get().version(), digest.get())
        : StoreAdapters.Folder.none();
  }

  /** The versions that the new one is made from. */
  private List<Version> parents(Optional<LikeRecord> record, StoreAdapters.Folder start) {
    List<Version> parents = new ArrayList<>();
    record.map(LikeRecord::version).ifPresent(parents::add);
    if (initAdapter.isPresent()) {
      start.version().ifPresent(parents::add);
    }
    return parents;
  }

  private TrainingResult run(
      Bundle opened, TrainingData trainingData, TrainingOptions options, StopOnSignal stop)
      throws IOException {
    try (TrainingScreen listener = TrainingScreen.full(context.screen(), "training")) {
      return resume
          ? Trainer.resume(opened, trainingData, options, output, listener, stop)
          : Trainer.train(opened, trainingData, options, output, listener, stop);
    }
  }

  private void requireNewRun() {
    if (Files.exists(output)) {
      boolean isRun = Files.exists(output.resolve("checkpoints"));
      throw new CommandFailure(
          ExitCode.CONFLICT,
          "cannot train into '%s'".formatted(output),
          isRun ? "there is a run in it already" : "it exists already",
          isRun
              ? "go on with it by --resume, or choose another folder"
              : "choose another folder; nothing was overwritten");
    }
  }

  private int stopped(TrainingResult result) {
    context
        .screen()
        .alert(
            "stopped at step %d with a checkpoint; add --resume to the same command to go on"
                .formatted(result.steps()));
    return ExitCode.INTERRUPTED.code();
  }

  private int answer(
      Bundle opened, TrainingResult result, Optional<LikeRecord> record, List<Version> parents)
      throws IOException {
    Path adapter = result.adapterDir().orElseThrow();
    if (like.verify) {
      record.orElseThrow().requireSameBytes(adapter);
    }
    Optional<PublishResult> published =
        publishing.publish(context, place, opened, output, adapter, parents);
    if (json.json) {
      ObjectNode out = json(result);
      published.ifPresent(it -> TrainPublishing.addTo(out, it));
      context.screen().printJson(out);
    } else {
      show(result, published);
    }
    return ExitCode.OK.code();
  }

  private void show(TrainingResult result, Optional<PublishResult> published) {
    Screen screen = context.screen();
    Style style = screen.style();
    String adapter = result.adapterDir().map(Path::toString).orElse("");
    screen.print(
        "%s %s  %d steps in %s, loss %s, %s tokens/s"
            .formatted(
                style.done(),
                style.bold(adapter),
                result.steps(),
                Quantities.human(result.record().wallSeconds()),
                EvalCommand.number(result.lastLoss()),
                String.format(Locale.ROOT, "%,.0f", result.record().tokensPerSecond())));
    result
        .record()
        .bestEval()
        .ifPresent(
            best ->
                screen.print(
                    "  best evaluation: accuracy %s, loss %s, after step %d"
                        .formatted(
                            EvalCommand.percent(best.evalAccuracy()),
                            EvalCommand.number(best.evalLoss()),
                            best.step())));
    if (like.verify) {
      screen.print("  the same bytes as %s".formatted(like.reference.orElseThrow()));
    }
    published.ifPresent(it -> TrainPublishing.show(it, screen));
    boolean decodes = result.record().plan().labels().isEmpty();
    String next =
        decodes
            ? "graft generate %s --adapter %s --prompt '...'"
            : "graft predict %s --adapter %s --text '...'";
    screen.note(screen.noteStyle().dim("  next: " + next.formatted(bundle, output)));
  }

  private static ObjectNode json(TrainingResult result) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    result.adapterDir().ifPresent(dir -> out.put("adapter", dir.toString()));
    out.put("steps", result.steps());
    out.put("loss", result.lastLoss());
    result
        .lastEval()
        .ifPresent(e -> out.put("evalLoss", e.evalLoss()).put("evalAccuracy", e.evalAccuracy()));
    out.put("adapterStep", result.record().adapterStep());
    out.put("tokensPerSecond", result.record().tokensPerSecond());
    out.put("paddedTokensPerSecond", result.record().paddedTokensPerSecond());
    result.record().peakRssBytes().ifPresent(bytes -> out.put("peakRssBytes", bytes));
    out.put("seconds", result.record().wallSeconds());
    ObjectNode digests = out.putObject("digests");
    result.record().digests().forEach(digests::put);
    return out;
  }
}
