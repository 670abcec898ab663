package dev.graft.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.InitLoraWeights;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.session.BasePrecision;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * How to train. Immutable and complete: every option has a value, and {@link #origin} says where it
 * came from.
 *
 * @param adapterType what is trained
 * @param rank columns of A and rows of B
 * @param alpha the update counts {@code alpha / rank}, or {@code alpha / sqrt(rank)} with rsLoRA
 * @param targets which of the bundle's slots are trained
 * @param excludeModules slots that are not, although targeted
 * @param layersToTransform only these layer numbers; all where empty
 * @param rankPattern regular expression over module paths to rank, as in PEFT
 * @param alphaPattern regular expression over module paths to alpha, as in PEFT
 * @param useRslora whether the scale is {@code alpha / sqrt(rank)}
 * @param loraDropout probability with which training drops an input of A
 * @param init how A starts; B starts at zero
 * @param virtualTokens length of a prefix; where it starts from a prompt and this is not given, as
 *     many as the prompt has
 * @param initPrompt a text whose keys and values a prefix starts from; random where absent
 * @param learningRate the highest learning rate of the A factors and the head
 * @param loraPlusRatio learning rate of the B factors as a multiple of A's (LoRA+, arXiv
 *     2402.12354)
 * @param warmupSteps steps in which the learning rate rises
 * @param epochs passes over the data
 * @param maxSteps the number of optimizer steps; where given, {@code epochs} does not count
 * @param batchSize rows of one run of the model
 * @param accumulate batches of one optimizer step
 * @param maxLength tokens at which texts are cut
 * @param shuffle whether every epoch has an order of its own; else the file's
 * @param bucketing whether texts of like length share a batch
 * @param pack whether several texts for generation share a row, each seeing itself alone
 * @param seed decides the initial weights, the orders, and what is dropped
 * @param weightDecay AdamW's, for all trained tensors
 * @param clip largest global norm of a gradient; 0 for no limit
 * @param labelSmoothing share of the target that is spread evenly over all labels, as in PyTorch
 * @param ignoreLabel rows with this label take part in batches but not in the loss
 * @param evalEvery steps between evaluations; 0 for one after every epoch
 * @param earlyStoppingPatience evaluations without a better one after which training ends; 0 for
 *     never
 * @param keepBest whether the adapter is the best evaluation's rather than the last step's
 * @param tokensPerRun the most tokens, padding included, that the training graph gets at a time; a
 *     batch is split into runs of that size, which changes neither loss nor gradient but by
 *     rounding. 0 for whole batches
 * @param gradientCheckpointing whether only what flows between layers is kept for the backward pass
 *     and the inside of a layer is computed again: less memory for more time
 * @param basePrecision in what numbers products with frozen weights are computed
 * @param checkpointEvery steps between checkpoints; 0 for one at the end alone
 * @param threads threads of ONNX Runtime; absent for one per core
 * @param origins where values came from; what is missing has its default
 */
public record TrainingOptions(
    TrainedType adapterType,
    int rank,
    double alpha,
    TargetModules targets,
    TargetModules excludeModules,
    List<Integer> layersToTransform,
    Map<String, Integer> rankPattern,
    Map<String, Double> alphaPattern,
    boolean useRslora,
    double loraDropout,
    InitLoraWeights init,
    int virtualTokens,
    Optional<String> initPrompt,
    double learningRate,
    double loraPlusRatio,
    Schedule schedule,
    int warmupSteps,
    int epochs,
    OptionalInt maxSteps,
    int batchSize,
    int accumulate,
    int maxLength,
    boolean shuffle,
    boolean bucketing,
    boolean pack,
    long seed,
    double weightDecay,
    double beta1,
    double beta2,
    double epsilon,
    double clip,
    double labelSmoothing,
    ClassWeights classWeights,
    Optional<String> ignoreLabel,
    int evalEvery,
    int earlyStoppingPatience,
    BestBy bestBy,
    boolean keepBest,
    int tokensPerRun,
    boolean gradientCheckpointing,
    BasePrecision basePrecision,
    int checkpointEvery,
    OptionalInt threads,
    Map<String, Origin> origins) {

  /**
   * Check and copy.
   *
   * @throws IllegalArgumentException if a value is out of its range, naming the option
   */
  public TrainingOptions {
    layersToTransform = List.copyOf(layersToTransform);
    rankPattern = Collections.unmodifiableMap(new LinkedHashMap<>(rankPattern));
    alphaPattern = Collections.unmodifiableMap(new LinkedHashMap<>(alphaPattern));
    origins = Collections.unmodifiableMap(new TreeMap<>(origins));
    // Rank, alpha, targets, layers and patterns are checked where PEFT's rules live.
    LoraConfig.builder()
        .rank(rank)
        .alpha(alpha)
        .targets(targets)
        .excludeModules(excludeModules)
        .layersToTransform(layersToTransform)
        .rankPattern(rankPattern)
        .alphaPattern(alphaPattern)
        .build();
    Range.within("loraDropout", loraDropout, 0, Math.nextDown(1.0));
    Range.atLeast("virtualTokens", virtualTokens, 1);
    Range.above("learningRate", learningRate, 0);
    Range.above("loraPlusRatio", loraPlusRatio, 0);
    Range.atLeast("warmupSteps", warmupSteps, 0);
    Range.atLeast("epochs", epochs, 1);
    Range.atLeast("maxSteps", maxSteps.orElse(1), 1);
    Range.atLeast("batchSize", batchSize, 1);
    Range.atLeast("accumulate", accumulate, 1);
    Range.atLeast("maxLength", maxLength, 1);
    Range.within("weightDecay", weightDecay, 0, Double.MAX_VALUE);
    Range.within("beta1", beta1, 0, Math.nextDown(1.0));
    Range.within("beta2", beta2, 0, Math.nextDown(1.0));
    Range.above("epsilon", epsilon, 0);
    Range.within("clip", clip, 0, Double.MAX_VALUE);
    Range.within("labelSmoothing", labelSmoothing, 0, Math.nextDown(1.0));
    Range.atLeast("evalEvery", evalEvery, 0);
    Range.atLeast("earlyStoppingPatience", earlyStoppingPatience, 0);
    Range.atLeast("tokensPerRun", tokensPerRun, 0);
    Range.atLeast("checkpointEvery", checkpointEvery, 0);
    Range.atLeast("threads", threads.orElse(1), 1);
  }

  /** The defaults. */
  public static TrainingOptions defaults() {
    return builder().build();
  }

  /** Start from the defaults. */
  public static TrainingOptionsBuilder builder() {
    return new TrainingOptionsBuilder();
  }

  /** Start from these options. */
  public TrainingOptionsBuilder toBuilder() {
    return new TrainingOptionsBuilder(this);
  }

  /** The names of all options, in the order of the record. */
  public static List<String> names() {
    return TrainingOptionTable.names();
  }

  /** Where an option's value came from. */
  public Origin origin(String name) {
    return origins.getOrDefault(name, Origin.DEFAULT);
  }

  /** One option's value as it is written to files. */
  public JsonNode value(String name) {
    return TrainingOptionTable.field(name).read(this);
  }

  /** All options: {@code {"rank": {"value": 8, "origin": "default"}, ...}}. */
  public ObjectNode toJson() {
    return TrainingOptionTable.write(this);
  }

  /**
   * Read what {@link #toJson} wrote; options that the object does not name have their defaults.
   *
   * @throws IllegalArgumentException if a name or a value is not an option's
   */
  public static TrainingOptions fromJson(JsonNode json) {
    return TrainingOptionTable.parse(json);
  }

  /** The same values, the origin of each one that is not the default's being {@code origin}. */
  public TrainingOptions withOrigin(Origin origin) {
    TrainingOptionsBuilder builder = toBuilder();
    for (String name : names()) {
      if (origin(name) != Origin.DEFAULT) {
        builder.set(name, value(name), origin);
      }
    }
    return builder.build();
  }

  /** Bounds of numbers, told by the option's name. */
  private static final class Range {
    private Range() {}

    static void atLeast(String name, long value, long least) {
      if (value < least) {
        throw new IllegalArgumentException(
            "%s must be at least %d, found %d".formatted(name, least, value));
      }
    }

    static void above(String name, double value, double bound) {
      if (!(value > bound) || Double.isInfinite(value)) {
        throw new IllegalArgumentException(
            "%s must be a number above %s, found %s".formatted(name, plain(bound), value));
      }
    }

    static void within(String name, double value, double low, double high) {
      if (!(value >= low && value <= high)) {
        throw new IllegalArgumentException(
            "%s must be %s, found %s"
                .formatted(
                    name,
                    high == Double.MAX_VALUE
                        ? "a number of at least " + plain(low)
                        : "in [%s, %s)".formatted(plain(low), plain(Math.ceil(high))),
                    value));
      }
    }

    private static String plain(double number) {
      return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }
  }
}
