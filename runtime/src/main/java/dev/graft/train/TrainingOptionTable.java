package dev.graft.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.NearestNames;
import dev.graft.adapter.lora.InitLoraWeights;
import dev.graft.session.BasePrecision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Every option once: its name, how it is read and set, and how it looks in JSON. */
final class TrainingOptionTable {
  /** Options that do not change a single bit of the result; a resumed run may have others. */
  private static final Set<String> HARMLESS = Set.of("checkpointEvery");

  private static final List<Field<?>> FIELDS =
      List.of(
          field(
              "adapterType",
              OptionCodec.choice(TrainedType.class),
              TrainingOptions::adapterType,
              TrainingOptionsBuilder::adapterType),
          field("rank", OptionCodec.INT, TrainingOptions::rank, TrainingOptionsBuilder::rank),
          field("alpha", OptionCodec.NUMBER, TrainingOptions::alpha, TrainingOptionsBuilder::alpha),
          field(
              "targets",
              OptionCodec.MODULES,
              TrainingOptions::targets,
              TrainingOptionsBuilder::targets),
          field(
              "excludeModules",
              OptionCodec.MODULES,
              TrainingOptions::excludeModules,
              TrainingOptionsBuilder::excludeModules),
          field(
              "layersToTransform",
              OptionCodec.LAYERS,
              TrainingOptions::layersToTransform,
              TrainingOptionsBuilder::layersToTransform),
          field(
              "rankPattern",
              OptionCodec.RANKS,
              TrainingOptions::rankPattern,
              TrainingOptionsBuilder::rankPattern),
          field(
              "alphaPattern",
              OptionCodec.NUMBERS,
              TrainingOptions::alphaPattern,
              TrainingOptionsBuilder::alphaPattern),
          field(
              "useRslora",
              OptionCodec.FLAG,
              TrainingOptions::useRslora,
              TrainingOptionsBuilder::useRslora),
          field(
              "loraDropout",
              OptionCodec.NUMBER,
              TrainingOptions::loraDropout,
              TrainingOptionsBuilder::loraDropout),
          field(
              "init",
              OptionCodec.choice(InitLoraWeights.class),
              TrainingOptions::init,
              TrainingOptionsBuilder::init),
          field(
              "virtualTokens",
              OptionCodec.INT,
              TrainingOptions::virtualTokens,
              TrainingOptionsBuilder::virtualTokens),
          field(
              "initPrompt",
              OptionCodec.OPTIONAL_TEXT,
              TrainingOptions::initPrompt,
              TrainingOptionsBuilder::initPrompt),
          field(
              "learningRate",
              OptionCodec.NUMBER,
              TrainingOptions::learningRate,
              TrainingOptionsBuilder::learningRate),
          field(
              "loraPlusRatio",
              OptionCodec.NUMBER,
              TrainingOptions::loraPlusRatio,
              TrainingOptionsBuilder::loraPlusRatio),
          field(
              "schedule",
              OptionCodec.choice(Schedule.class),
              TrainingOptions::schedule,
              TrainingOptionsBuilder::schedule),
          field(
              "warmupSteps",
              OptionCodec.INT,
              TrainingOptions::warmupSteps,
              TrainingOptionsBuilder::warmupSteps),
          field("epochs", OptionCodec.INT, TrainingOptions::epochs, TrainingOptionsBuilder::epochs),
          field(
              "maxSteps",
              OptionCodec.OPTIONAL_INT,
              TrainingOptions::maxSteps,
              TrainingOptionsBuilder::maxSteps),
          field(
              "batchSize",
              OptionCodec.INT,
              TrainingOptions::batchSize,
              TrainingOptionsBuilder::batchSize),
          field(
              "accumulate",
              OptionCodec.INT,
              TrainingOptions::accumulate,
              TrainingOptionsBuilder::accumulate),
          field(
              "maxLength",
              OptionCodec.INT,
              TrainingOptions::maxLength,
              TrainingOptionsBuilder::maxLength),
          field(
              "shuffle",
              OptionCodec.FLAG,
              TrainingOptions::shuffle,
              TrainingOptionsBuilder::shuffle),
          field(
              "bucketing",
              OptionCodec.FLAG,
              TrainingOptions::bucketing,
              TrainingOptionsBuilder::bucketing),
          field("pack", OptionCodec.FLAG, TrainingOptions::pack, TrainingOptionsBuilder::pack),
          field("seed", OptionCodec.LONG, TrainingOptions::seed, TrainingOptionsBuilder::seed),
          field(
              "weightDecay",
              OptionCodec.NUMBER,
              TrainingOptions::weightDecay,
              TrainingOptionsBuilder::weightDecay),
          field("beta1", OptionCodec.NUMBER, TrainingOptions::beta1, TrainingOptionsBuilder::beta1),
          field("beta2", OptionCodec.NUMBER, TrainingOptions::beta2, TrainingOptionsBuilder::beta2),
          field(
              "epsilon",
              OptionCodec.NUMBER,
              TrainingOptions::epsilon,
              TrainingOptionsBuilder::epsilon),
          field("clip", OptionCodec.NUMBER, TrainingOptions::clip, TrainingOptionsBuilder::clip),
          field(
              "labelSmoothing",
              OptionCodec.NUMBER,
              TrainingOptions::labelSmoothing,
              TrainingOptionsBuilder::labelSmoothing),
          field(
              "classWeights",
              OptionCodec.CLASS_WEIGHTS,
              TrainingOptions::classWeights,
              TrainingOptionsBuilder::classWeights),
          field(
              "ignoreLabel",
              OptionCodec.OPTIONAL_TEXT,
              TrainingOptions::ignoreLabel,
              TrainingOptionsBuilder::ignoreLabel),
          field(
              "evalEvery",
              OptionCodec.INT,
              TrainingOptions::evalEvery,
              TrainingOptionsBuilder::evalEvery),
          field(
              "earlyStoppingPatience",
              OptionCodec.INT,
              TrainingOptions::earlyStoppingPatience,
              TrainingOptionsBuilder::earlyStoppingPatience),
          field(
              "bestBy",
              OptionCodec.choice(BestBy.class),
              TrainingOptions::bestBy,
              TrainingOptionsBuilder::bestBy),
          field(
              "keepBest",
              OptionCodec.FLAG,
              TrainingOptions::keepBest,
              TrainingOptionsBuilder::keepBest),
          field(
              "tokensPerRun",
              OptionCodec.INT,
              TrainingOptions::tokensPerRun,
              TrainingOptionsBuilder::tokensPerRun),
          field(
              "gradientCheckpointing",
              OptionCodec.FLAG,
              TrainingOptions::gradientCheckpointing,
              TrainingOptionsBuilder::gradientCheckpointing),
          field(
              "basePrecision",
              OptionCodec.choice(BasePrecision.class),
              TrainingOptions::basePrecision,
              TrainingOptionsBuilder::basePrecision),
          field(
              "checkpointEvery",
              OptionCodec.INT,
              TrainingOptions::checkpointEvery,
              TrainingOptionsBuilder::checkpointEvery),
          field(
              "threads",
              OptionCodec.OPTIONAL_INT,
              TrainingOptions::threads,
              TrainingOptionsBuilder::threads));

  private TrainingOptionTable() {}

  /** One option. */
  record Field<T>(
      String name,
      OptionCodec<T> codec,
      Function<TrainingOptions, T> getter,
      BiConsumer<TrainingOptionsBuilder, T> setter) {

    JsonNode read(TrainingOptions options) {
      return codec.toJson(getter.apply(options));
    }

    void write(TrainingOptionsBuilder builder, JsonNode value) {
      setter.accept(builder, codec.fromJson(name, value));
    }
  }

  private static <T> Field<T> field(
      String name,
      OptionCodec<T> codec,
      Function<TrainingOptions, T> getter,
      BiConsumer<TrainingOptionsBuilder, T> setter) {
    return new Field<>(name, codec, getter, setter);
  }

  static List<String> names() {
    return FIELDS.stream().map(Field::name).toList();
  }

  static Field<?> field(String name) {
    return FIELDS.stream()
        .filter(field -> field.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown training option \"%s\"; %s".formatted(name, nearest(name))));
  }

  private static String nearest(String name) {
    String suggestion = NearestNames.suggestion(name, names());
    return suggestion.isEmpty() ? "the options are " + String.join(", ", names()) : suggestion;
  }

  static ObjectNode write(TrainingOptions options) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    for (Field<?> field : FIELDS) {
      json.putObject(field.name())
          .put("origin", options.origin(field.name()).text())
          .set("value", field.read(options));
    }
    return json;
  }

  static TrainingOptions parse(JsonNode json) {
    TrainingOptionsBuilder builder = TrainingOptions.builder();
    for (Map.Entry<String, JsonNode> entry : json.properties()) {
      JsonNode value = entry.getValue().path("value");
      if (value.isMissingNode()) {
        throw new IllegalArgumentException(
            "training option \"%s\" has no \"value\"".formatted(entry.getKey()));
      }
      builder.set(entry.getKey(), value, origin(entry.getValue().path("origin").asText()));
    }
    return builder.build();
  }

  private static Origin origin(String text) {
    for (Origin origin : Origin.values()) {
      if (origin.text().equals(text.toLowerCase(Locale.ROOT))) {
        return origin;
      }
    }
    throw new IllegalArgumentException("\"%s\" is no origin of an option".formatted(text));
  }

  /** What differs among the options that a resumed run must share, as {@code rank is 4, was 8}. */
  static List<String> differences(TrainingOptions before, TrainingOptions now) {
    List<String> found = new ArrayList<>();
    for (Field<?> field : FIELDS) {
      JsonNode was = field.read(before);
      JsonNode is = field.read(now);
      if (!HARMLESS.contains(field.name()) && !was.equals(is)) {
        found.add("%s is %s, was %s".formatted(field.name(), is, was));
      }
    }
    return found;
  }
}
