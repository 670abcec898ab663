package dev.graft.cli;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.format.AdapterFormats;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.data.Columns;
import dev.graft.data.Dataset;
import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.ExportOptions;
import dev.graft.export.ExportReport;
import dev.graft.export.Task;
import dev.graft.infer.Engine;
import dev.graft.infer.EngineOptions;
import dev.graft.infer.EvalResult;
import dev.graft.infer.Evaluator;
import dev.graft.infer.Prediction;
import dev.graft.infer.Request;
import dev.graft.merge.MergeOptions;
import dev.graft.merge.MergeReport;
import dev.graft.merge.Merger;
import dev.graft.testmodels.Domain;
import dev.graft.testmodels.EmbeddedMiniLm;
import dev.graft.train.Trainer;
import dev.graft.train.TrainingData;
import dev.graft.train.TrainingOptions;
import dev.graft.train.TrainingOptionsBuilder;
import dev.graft.train.TrainingResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The steps of the quickstart, each with what it shows. */
final class Quickstart {
  private static final int EPOCHS = 10;
  private static final int BATCH_ROWS = 16;
  private static final int WARM_UP_STEPS = 8;
  private static final double LEARNING_RATE = 2e-3;
  private static final double LABEL_SMOOTHING = 0.1;

  private final Screen screen;
  private final Path folder;
  private final Optional<Integer> threads;
  private final boolean talking;

  /**
   * What training a domain's adapter changed.
   *
   * @param untrained accuracy of a head that nobody trained
   * @param classMean accuracy of the nearest class mean of the base's vectors
   * @param trained accuracy of the adapter with its head
   */
  record DomainResult(
      Domain domain,
      double untrained,
      double classMean,
      double trained,
      int steps,
      double seconds) {}

  /** All that was found out. */
  record Outcome(
      List<DomainResult> domains,
      List<Prediction> mixed,
      List<String> mixedTexts,
      SwapTiming swap,
      MergeReport merge) {
    Outcome {
      domains = List.copyOf(domains);
      mixed = List.copyOf(mixed);
      mixedTexts = List.copyOf(mixedTexts);
    }
  }

  Quickstart(Screen screen, Path folder, Optional<Integer> threads, boolean talking) {
    this.screen = screen;
    this.folder = folder;
    this.threads = threads;
    this.talking = talking;
  }

  Outcome run() throws IOException {
    say(bold("Graft quickstart") + dim("  one sentence encoder, three customers, three adapters"));
    Bundle bundle = export();
    List<DomainResult> results = new ArrayList<>();
    Map<String, Adapter> adapters = new LinkedHashMap<>();
    heading("2", "train an adapter for each domain");
    for (Domain domain : Domain.values()) {
      results.add(train(bundle, domain));
      adapters.put(domain.text(), read(runOf(domain)));
    }
    say(QuickstartReport.accuracies(screen.style(), results));
    Outcome outcome = serve(bundle, adapters, results);
    QuickstartReport.merge(outcome.merge(), screen.style()).forEach(this::say);
    return outcome;
  }

  private Bundle export() throws IOException {
    heading("1", "export the encoder all-MiniLM-L6-v2");
    long start = System.nanoTime();
    Path model = EmbeddedMiniLm.extract(folder.resolve("model"));
    for (Domain domain : Domain.values()) {
      domain.write(data());
    }
    ExportReport report =
        BundleExporter.export(
            model,
            Optional.empty(),
            ExportOptions.of(Task.TEXT_CLASSIFICATION),
            folder.resolve("bundle"));
    say(
        "  %d modules can get an adapter  %s"
            .formatted(report.slots().size(), dim(Quantities.human(since(start)))));
    return report.bundle();
  }

  private DomainResult train(Bundle bundle, Domain domain) throws IOException {
    Dataset train = Dataset.read(data().resolve(domain.trainFile()), Columns.defaults(), true);
    Dataset test = Dataset.read(data().resolve(domain.testFile()), Columns.defaults(), true);
    double untrained;
    double classMean;
    try (Engine engine = Engine.open(bundle, engineOptions())) {
      untrained = UntrainedHead.accuracy(NearestClassMean.embed(engine, test), test);
      classMean = NearestClassMean.score(engine, train, test).accuracy();
    }
    TrainingResult result;
    try (StopOnSignal stop = StopOnSignal.install();
        TrainingScreen listener = TrainingScreen.brief(screen, "%-9s".formatted(domain.text()))) {
      result =
          Trainer.train(
              bundle, TrainingData.of(train.file()), options(), runOf(domain), listener, stop);
    }
    if (result.stopped()) {
      throw new CommandFailure(
          ExitCode.INTERRUPTED, "the quickstart was stopped", "a signal came", "run it again");
    }
    try (Engine engine = Engine.open(bundle, engineOptions())) {
      engine.load(domain.text(), read(runOf(domain)));
      EvalResult score = Evaluator.evaluate(engine, domain.text(), test);
      double seconds = result.record().wallSeconds();
      say(
          "  %s %-9s %s"
              .formatted(
                  style().done(),
                  domain.text(),
                  dim(
                      "%d texts, %d steps in %s"
                          .formatted(train.size(), result.steps(), Quantities.human(seconds)))));
      return new DomainResult(
          domain, untrained, classMean, score.accuracy(), result.steps(), seconds);
    }
  }

  private TrainingOptions options() {
    TrainingOptionsBuilder options =
        TrainingOptions.builder()
            .targets(TargetModules.suffixes("query", "value"))
            .epochs(EPOCHS)
            .batchSize(BATCH_ROWS)
            .warmupSteps(WARM_UP_STEPS)
            .learningRate(LEARNING_RATE)
            .labelSmoothing(LABEL_SMOOTHING);
    threads.ifPresent(n -> options.threads(OptionalInt.of(n)));
    return options.build();
  }

  private Outcome serve(Bundle bundle, Map<String, Adapter> adapters, List<DomainResult> results)
      throws IOException {
    heading("3", "one batch, every row answered by its own customer's adapter");
    try (Engine engine = Engine.open(bundle, engineOptions())) {
      for (Map.Entry<String, Adapter> entry : adapters.entrySet()) {
        engine.load(entry.getKey(), entry.getValue());
      }
      List<Request> requests = QuickstartReport.mixedBatch();
      List<Prediction> answers = engine.predict(requests);
      List<String> texts = requests.stream().map(Request::text).toList();
      say(QuickstartReport.answers(screen.style(), texts, answers));
      SwapTiming swap = SwapTiming.measure(engine, requests, adapters);
      QuickstartReport.swap(swap, screen.style()).forEach(this::say);
      heading("4", "merge one adapter into a plain .onnx file");
      MergeReport merge =
          Merger.merge(
              bundle,
              read(runOf(Domain.BANKING)),
              folder.resolve("merged-banking"),
              MergeOptions.of(MergeOptions.Precision.FP32));
      return new Outcome(results, answers, texts, swap, merge);
    }
  }

  private EngineOptions engineOptions() {
    EngineOptions options = EngineOptions.defaults();
    return threads.map(options::withThreads).orElse(options);
  }

  private Adapter read(Path run) throws IOException {
    return AdapterFormats.load(run.resolve("adapter"), ReadOptions.strict()).adapter();
  }

  private Path data() {
    return folder.resolve("data");
  }

  private Path runOf(Domain domain) {
    return folder.resolve("runs").resolve(domain.text());
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

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
