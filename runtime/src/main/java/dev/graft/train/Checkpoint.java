package dev.graft.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The contents of {@code checkpoint.json}; the parameters' state lies beside it.
 *
 * @param identity what the run is
 * @param progress how far it had come
 * @param metricsBytes length of {@code metrics.jsonl} at this point
 * @param stateDigest SHA-256 of the state file, hexadecimal
 */
record Checkpoint(RunIdentity identity, Progress progress, long metricsBytes, String stateDigest) {

  /** The version of the checkpoint format that this class describes. */
  static final int FORMAT_VERSION = 1;

  int step() {
    return progress.step();
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("formatVersion", FORMAT_VERSION);
    json.put("step", progress.step());
    json.put("evaluatedStep", progress.evaluatedStep());
    json.put("lastLoss", progress.lastLoss());
    json.put("tokens", progress.tokens());
    json.put("paddedTokens", progress.paddedTokens());
    json.put("seconds", progress.seconds());
    progress.lastEval().ifPresent(eval -> json.set("lastEval", toJson(eval)));
    progress.best().ifPresent(eval -> json.set("best", toJson(eval)));
    json.put("sinceBest", progress.sinceBest());
    json.put("metricsBytes", metricsBytes);
    json.put("stateDigest", stateDigest);
    ObjectNode inputs = json.putObject("inputs");
    identity.inputs().forEach(inputs::put);
    json.set("options", identity.options().toJson());
    return json;
  }

  /**
   * Read what {@link #toJson} wrote.
   *
   * @throws IllegalArgumentException if it is not that
   */
  static Checkpoint fromJson(JsonNode json) {
    int version = json.path("formatVersion").asInt(-1);
    if (version != FORMAT_VERSION) {
      throw new IllegalArgumentException(
          "formatVersion is %s, expected %d".formatted(json.path("formatVersion"), FORMAT_VERSION));
    }
    Map<String, String> inputs = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : json.required("inputs").properties()) {
      inputs.put(entry.getKey(), entry.getValue().asText());
    }
    Progress progress =
        new Progress(
            json.required("step").intValue(),
            json.required("evaluatedStep").intValue(),
            json.required("lastLoss").doubleValue(),
            json.required("tokens").longValue(),
            json.required("paddedTokens").longValue(),
            json.required("seconds").doubleValue(),
            eval(json.path("lastEval")),
            eval(json.path("best")),
            json.required("sinceBest").intValue());
    return new Checkpoint(
        new RunIdentity(TrainingOptions.fromJson(json.required("options")), inputs),
        progress,
        json.required("metricsBytes").longValue(),
        json.required("stateDigest").textValue());
  }

  static ObjectNode toJson(EvalMetrics metrics) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("step", metrics.step())
        .put("evalLoss", metrics.evalLoss())
        .put("evalAccuracy", metrics.evalAccuracy());
  }

  private static Optional<EvalMetrics> eval(JsonNode json) {
    return json.isMissingNode()
        ? Optional.empty()
        : Optional.of(
            new EvalMetrics(
                json.required("step").intValue(),
                json.required("evalLoss").doubleValue(),
                json.required("evalAccuracy").doubleValue()));
  }
}
