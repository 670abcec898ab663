package dev.graft.train;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.train.RunRecord.Status;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** One process's part of a run: from the run directory's first file, or its last checkpoint, on. */
final class TrainingJob {
  private static final Set<String> OWN_FILES =
      Set.of(".lock", "metrics.jsonl", "run.json", ".run.json.tmp", "checkpoints");

  private final long started = System.nanoTime();
  private final TrainingModels models;
  private final RunFiles files;
  private final CheckpointStore checkpoints;
  private final TrainingListener listener;
  private final StopSignal stop;
  private double startSeconds;
  private boolean begun;
  private Progress reached = Progress.START;

  TrainingJob(TrainingModels models, Path directory, TrainingListener listener, StopSignal stop) {
    this.models = models;
    this.files = new RunFiles(directory);
    this.checkpoints = new CheckpointStore(files.checkpoints());
    this.listener = listener;
    this.stop = stop;
  }

  /** Train into a directory that does not exist. */
  TrainingResult train(TrainingData data, TrainingOptions options) throws IOException {
    Path directory = files.directory();
    if (Files.exists(directory)) {
      throw new FileAlreadyExistsException(
          directory.toString(),
          null,
          "exists already; choose another directory, or resume the run in it");
    }
    TrainingSetup setup = TrainingSetup.of(models, data, options, Optional.empty());
    return start(setup);
  }

  private TrainingResult start(TrainingSetup setup) throws IOException {
    create();
    RunLock lock = RunLock.take(files);
    try (ParameterStore parameters = new ParameterStore(setup.adapter())) {
      checkpoints.write(setup.identity(), Progress.START, 0, parameters.state());
      return run(setup, parameters, Progress.START, 0);
    } finally {
      lock.close();
      if (!begun) {
        RunFiles.deleteTree(files.directory());
      }
    }
  }

  private void create() throws IOException {
    Path directory = files.directory();
    try {
      Path parent = directory.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.createDirectory(directory);
    } catch (AccessDeniedException e) {
      throw new TrainingException(
          "cannot create \"%s\": no permission to write there; choose another directory"
              .formatted(directory),
          e);
    }
  }

  /** Go on from the last checkpoint, or start where there is none. */
  TrainingResult resume(TrainingData data, TrainingOptions options) throws IOException {
    if (!Files.exists(files.directory())) {
      return train(data, options);
    }
    requireRun();
    RunLock lock = RunLock.take(files);
    try {
      checkpoints.sweep();
      sweepAdapters();
      return resumeFrom(checkpoints.latest(), data, options);
    } finally {
      lock.close();
    }
  }

  /** The adapter is written beside its name first; a killed process may have left that. */
  private void sweepAdapters() throws IOException {
    try (Stream<Path> entries = Files.list(files.directory())) {
      for (Path entry :
          entries.filter(path -> path.getFileName().toString().startsWith(".adapter.")).toList()) {
        RunFiles.deleteTree(entry);
      }
    }
  }

  private TrainingResult resumeFrom(
      Optional<Checkpoint> latest, TrainingData data, TrainingOptions options) throws IOException {
    TrainingSetup setup =
        TrainingSetup.of(models, data, options, latest.map(point -> point.identity().options()));
    if (latest.isPresent()) {
      requireSame(latest.get().identity(), setup.identity());
    }
    try (ParameterStore parameters = new ParameterStore(setup.adapter())) {
      if (latest.isEmpty()) {
        checkpoints.write(setup.identity(), Progress.START, 0, parameters.state());
      }
      return run(
          setup,
          parameters,
          latest.map(Checkpoint::progress).orElse(Progress.START),
          latest.map(Checkpoint::metricsBytes).orElse(0L));
    }
  }

  /** Nothing is written into a directory that holds anything but a run. */
  private void requireRun() throws IOException {
    try (Stream<Path> entries = Files.list(files.directory())) {
      List<String> foreign =
          entries
              .map(path -> path.getFileName().toString())
              .filter(name -> !OWN_FILES.contains(name))
              .sorted()
              .toList();
      if (!foreign.isEmpty() && !Files.isDirectory(files.checkpoints())) {
        throw new TrainingException(
            "%s: is not a run: it has \"%s\" and no checkpoints; choose the directory of a run, or a new one"
                .formatted(files.directory(), foreign.get(0)));
      }
    }
  }

  private void requireSame(RunIdentity before, RunIdentity now) throws TrainingException {
    List<String> differences = before.differences(now);
    if (!differences.isEmpty()) {
      throw new TrainingException(
          "%s: cannot resume, because the run would not be the same: %s; give it what it was started with, or train into a new directory"
              .formatted(files.directory(), String.join("; ", differences)));
    }
  }

  private TrainingResult run(
      TrainingSetup setup, ParameterStore parameters, Progress from, long metricsBytes)
      throws IOException {
    Map<String, FloatTensor> initial = parameters.values();
    if (from.step() > 0) {
      parameters.setState(checkpoints.state(from.step()));
    }
    TrainingPlan plan = setup.plan(parameters.size(), from.step());
    reached = from;
    record(Status.RUNNING, setup, plan, from, Outcome.NONE, Optional.empty());
    try {
      LoopEnd end = loop(setup, plan, parameters, from, metricsBytes);
      if (!end.finished()) {
        RunRecord record =
            record(Status.STOPPED, setup, plan, end.progress(), Outcome.NONE, Optional.empty());
        return result(Optional.empty(), end.progress(), record);
      }
      if (end.bestStep().isPresent()) {
        parameters.setValues(checkpoints.state(end.bestStep().get()));
      }
      Outcome outcome = writeAdapter(setup, plan, parameters, end, initial);
      RunRecord record =
          record(Status.FINISHED, setup, plan, end.progress(), outcome, Optional.empty());
      return result(Optional.of(files.adapter()), end.progress(), record);
    } catch (IOException | RuntimeException e) {
      if (begun) {
        recordFailure(setup, plan, e);
      }
      throw e;
    }
  }

  /** Where the loop ended. */
  private record LoopEnd(boolean finished, Progress progress, Optional<Integer> bestStep) {}

  /** What became of the adapter. */
  private record Outcome(int adapterStep, String digest, List<String> unmoved) {
    static final Outcome NONE = new Outcome(0, "", List.of());
  }

  private LoopEnd loop(
      TrainingSetup setup,
      TrainingPlan plan,
      ParameterStore parameters,
      Progress from,
      long metricsBytes)
      throws IOException {
    TrainingOptions options = setup.identity().options();
    try (MetricsLog metrics = MetricsLog.open(files.metrics(), metricsBytes);
        TaskRows rows = setup.data().open(options, models.base().baseInputs());
        TrainingSessions sessions =
            TrainingSessions.open(
                models,
                setup.adapter(),
                parameters.gradients().keySet(),
                options.basePrecision(),
                options.gradientCheckpointing(),
                options.threads());
        DropoutMasks masks =
            DropoutMasks.of(
                sessions.training().inputs(), setup.adapter().dropout(), options.seed());
        AdamW optimizer = new AdamW(sessions.optimizer(), options)) {
      StepRunner runner =
          new StepRunner(sessions.training(), optimizer, parameters, masks, options);
      TrainingLoop loop =
          new TrainingLoop(
              plan,
              setup.identity(),
              rows,
              parameters,
              sessions,
              runner,
              checkpoints,
              metrics,
              listener,
              stop,
              from);
      startSeconds = secondsSinceStart();
      begun = true;
      listener.onStart(plan);
      try {
        return new LoopEnd(loop.run(), loop.progress(), loop.bestStep());
      } finally {
        reached = loop.progress();
      }
    }
  }

  private Outcome writeAdapter(
      TrainingSetup setup,
      TrainingPlan plan,
      ParameterStore parameters,
      LoopEnd end,
      Map<String, FloatTensor> initial)
      throws IOException {
    int step = end.bestStep().orElse(end.progress().step());
    List<String> unmoved = ParameterStore.unmoved(setup.adapter(), initial, parameters.values());
    Adapter adapter =
        AdapterOutput.adapter(setup, models.base(), parameters, plan, end.progress(), step);
    if (unmoved.size() == plan.modules().size() || !adapter.isEffective()) {
      throw new TrainingException(
          "after %d steps the adapter's weights are what they were before, or change nothing: no gradient has reached modules such as \"%s\"; check the learning rate (%s at most), the schedule and the warm-up"
              .formatted(
                  end.progress().step(),
                  plan.modules().get(0),
                  setup.identity().options().learningRate()));
    }
    Adapter written = AdapterOutput.write(adapter, setup, models, files.adapter());
    return new Outcome(step, written.digest(), unmoved);
  }

  private TrainingResult result(Optional<Path> adapter, Progress progress, RunRecord record) {
    TrainingResult result =
        new TrainingResult(
            adapter,
            progress.step(),
            progress.lastLoss(),
            progress.lastEval(),
            adapter.isEmpty(),
            record);
    listener.onEnd(result);
    return result;
  }

  /** The failure is what the caller must hear of, not that it could not be recorded as well. */
  private void recordFailure(TrainingSetup setup, TrainingPlan plan, Exception failure) {
    try {
      String problem = String.valueOf(failure.getMessage());
      record(Status.FAILED, setup, plan, reached, Outcome.NONE, Optional.of(problem));
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private RunRecord record(
      Status status,
      TrainingSetup setup,
      TrainingPlan plan,
      Progress progress,
      Outcome outcome,
      Optional<String> problem)
      throws IOException {
    Map<String, String> digests = new TreeMap<>(setup.identity().inputs());
    digests.remove("columns");
    digests.put("base", models.base().baseDigest());
    models.base().tokenizerDigest().ifPresent(digest -> digests.put("tokenizer", digest));
    if (!outcome.digest().isEmpty()) {
      digests.put("adapter", outcome.digest());
    }
    RunRecord record =
        new RunRecord(
            status,
            setup.identity(),
            plan,
            progress,
            Collections.unmodifiableMap(digests),
            RunVersions.all(),
            outcome.adapterStep(),
            outcome.unmoved(),
            secondsSinceStart(),
            startSeconds,
            problem);
    record.write(files.record());
    return record;
  }

  private double secondsSinceStart() {
    return (System.nanoTime() - started) / 1e9;
  }
}
