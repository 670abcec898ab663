package dev.graft.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** The contents of {@code run.json}: what was run, on what, and what came of it. */
public final class RunRecord {
  /** The version of {@code run.json} that this class writes. */
  public static final int FORMAT_VERSION = 1;

  private static final Path PROCESS_STATUS = Path.of("/proc/self/status");

  /** Where a run stands. */
  public enum Status {
    RUNNING,
    FINISHED,
    STOPPED,
    FAILED
  }

  private final Status status;
  private final RunIdentity identity;
  private final TrainingPlan plan;
  private final Progress progress;
  private final Map<String, String> digests;
  private final Map<String, String> versions;
  private final int adapterStep;
  private final List<String> unmovedModules;
  private final double wallSeconds;
  private final double startSeconds;
  private final OptionalLong peakRssBytes;
  private final Optional<String> problem;

  RunRecord(
      Status status,
      RunIdentity identity,
      TrainingPlan plan,
      Progress progress,
      Map<String, String> digests,
      Map<String, String> versions,
      int adapterStep,
      List<String> unmovedModules,
      double wallSeconds,
      double startSeconds,
      Optional<String> problem) {
    this.status = status;
    this.identity = identity;
    this.plan = plan;
    this.progress = progress;
    this.digests = Collections.unmodifiableMap(new TreeMap<>(digests));
    this.versions = Collections.unmodifiableMap(new TreeMap<>(versions));
    this.adapterStep = adapterStep;
    this.unmovedModules = List.copyOf(unmovedModules);
    this.wallSeconds = wallSeconds;
    this.startSeconds = startSeconds;
    this.peakRssBytes = peakRss();
    this.problem = problem;
  }

  public Status status() {
    return status;
  }

  /** The options that were in effect. */
  public TrainingOptions options() {
    return identity.options();
  }

  /** What the run was to do. */
  public TrainingPlan plan() {
    return plan;
  }

  /** Real tokens per second of all steps; 0 before the first. */
  public double tokensPerSecond() {
    return progress.seconds() > 0 ? progress.tokens() / progress.seconds() : 0;
  }

  /** Tokens per second of all steps, padding included; 0 before the first. */
  public double paddedTokensPerSecond() {
    return progress.seconds() > 0 ? progress.paddedTokens() / progress.seconds() : 0;
  }

  /** The most memory the process has had resident; absent where the system does not say. */
  public OptionalLong peakRssBytes() {
    return peakRssBytes;
  }

  /** The best evaluation. */
  public Optional<EvalMetrics> bestEval() {
    return progress.best();
  }

  /** The step whose weights the adapter has; 0 where there is no adapter. */
  public int adapterStep() {
    return adapterStep;
  }

  /** Digests by what they are of: base, tokenizer, bundle, data, adapter. */
  public Map<String, String> digests() {
    return digests;
  }

  /** The modules whose weights are what they were before training. */
  public List<String> unmovedModules() {
    return unmovedModules;
  }

  /** Duration of the process's part of the run, from reading the data on. */
  public double wallSeconds() {
    return wallSeconds;
  }

  /** The object that is written. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("formatVersion", FORMAT_VERSION);
    json.put("status", status.name().toLowerCase(Locale.ROOT));
    problem.ifPresent(text -> json.put("problem", text));
    json.set("options", identity.options().toJson());
    json.putObject("seeds").put("seed", identity.options().seed());
    digests.forEach(json.putObject("digests")::put);
    versions.forEach(json.putObject("versions")::put);
    json.put("rows", plan.rows());
    json.put("evalRows", plan.evalRows());
    json.put("truncatedRows", plan.truncatedRows());
    plan.labels().forEach(json.putArray("labels")::add);
    plan.modules().forEach(json.putArray("modules")::add);
    unmovedModules.forEach(json.putArray("unmovedModules")::add);
    json.put("trainableParameters", plan.trainableParameters());
    json.put("steps", progress.step());
    json.put("totalSteps", plan.totalSteps());
    json.put("stepsPerEpoch", plan.stepsPerEpoch());
    json.put("resumedFromStep", plan.startStep());
    json.put("adapterStep", adapterStep);
    if (progress.step() > 0) {
      json.put("lastLoss", progress.lastLoss());
    }
    progress.lastEval().ifPresent(eval -> json.set("lastEval", Checkpoint.toJson(eval)));
    progress.best().ifPresent(eval -> json.set("bestEval", Checkpoint.toJson(eval)));
    json.put("tokens", progress.tokens());
    json.put("paddedTokens", progress.paddedTokens());
    json.put("trainingSeconds", progress.seconds());
    json.put("tokensPerSecond", tokensPerSecond());
    json.put("paddedTokensPerSecond", paddedTokensPerSecond());
    json.put("startSeconds", startSeconds);
    json.put("seconds", wallSeconds);
    peakRssBytes.ifPresent(bytes -> json.put("peakRssBytes", bytes));
    return json;
  }

  void write(Path file) throws IOException {
    RunFiles.writeAtomically(
        file, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(toJson()));
  }

  /** Linux says it in a line such as {@code VmHWM: 123456 kB}. */
  private static OptionalLong peakRss() {
    try {
      return Files.readAllLines(PROCESS_STATUS).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst();
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
