package dev.graft.adapter.lora;

import dev.graft.adapter.ModulePattern;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.TargetedConfig;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Configuration of a LoRA adapter, with the meaning Hugging Face PEFT gives to each field.
 *
 * <p>Biases are never trained ({@code bias = "none"}) and the base weight never changes at the
 * start, so PEFT's other choices of {@code bias} and {@code init_lora_weights} have no place here;
 * readers refuse them.
 *
 * @param rank {@code r}, the rank where no pattern says otherwise
 * @param alpha {@code lora_alpha} where no pattern says otherwise; the update is scaled by {@code
 *     alpha / rank}
 * @param targets the modules that get an adapter
 * @param excludeModules modules that get none although targeted; wins over {@code targets}
 * @param layersToTransform only these layer numbers, or all where empty; needs targets given as a
 *     list
 * @param layersPattern names of the containers whose children are layers; where empty any name will
 *     do
 * @param rankPattern expression to rank; the first entry that matches a module counts, so the order
 *     matters
 * @param alphaPattern expression to alpha, like {@code rankPattern}
 * @param useRslora whether the scale is {@code alpha / sqrt(rank)} (rank-stabilised LoRA, arXiv
 *     2312.03732)
 * @param fanInFanOut whether the base stores its weights {@code [in, out]}, as GPT-2's Conv1D does
 * @param dropout probability that training zeroes an input of A
 * @param modulesToSave modules trained whole, such as {@code classifier}; they never get an adapter
 * @param taskType PEFT's task type
 * @param baseModelName name or path of the base model, a hint for people
 * @param revision revision of the base model, a hint for people
 * @param init how new weights start
 */
public record LoraConfig(
    int rank,
    double alpha,
    TargetModules targets,
    TargetModules excludeModules,
    List<Integer> layersToTransform,
    List<String> layersPattern,
    Map<String, Integer> rankPattern,
    Map<String, Double> alphaPattern,
    boolean useRslora,
    boolean fanInFanOut,
    double dropout,
    List<String> modulesToSave,
    Optional<String> taskType,
    Optional<String> baseModelName,
    Optional<String> revision,
    InitLoraWeights init)
    implements TargetedConfig {

  /** PEFT's name of this adapter type. */
  public static final String PEFT_TYPE = "LORA";

  /** PEFT's default of {@code r} and of {@code lora_alpha}. */
  public static final int DEFAULT_RANK = 8;

  /** Ranks above this are a mistake: no base weight is as wide. */
  private static final int MAX_RANK = 1 << 20;

  /**
   * Check and copy.
   *
   * @throws IllegalArgumentException if a rank is not at least 1, an alpha is not a positive
   *     number, the dropout is not in [0, 1), a pattern is not a regular expression, or layers are
   *     chosen without a list of targets
   */
  public LoraConfig {
    layersToTransform = List.copyOf(layersToTransform);
    layersPattern = List.copyOf(layersPattern);
    rankPattern = Collections.unmodifiableMap(new LinkedHashMap<>(rankPattern));
    alphaPattern = Collections.unmodifiableMap(new LinkedHashMap<>(alphaPattern));
    modulesToSave = List.copyOf(modulesToSave);
    checkRank("rank", rank);
    checkAlpha("alpha", alpha);
    rankPattern.forEach((pattern, r) -> checkRank("rank of pattern \"" + pattern + '"', r));
    alphaPattern.forEach((pattern, a) -> checkAlpha("alpha of pattern \"" + pattern + '"', a));
    rankPattern.keySet().forEach(ModulePattern::check);
    alphaPattern.keySet().forEach(ModulePattern::check);
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must be in [0, 1), found %s".formatted(dropout));
    }
    if (excludeModules instanceof TargetModules.AllLinear) {
      throw new IllegalArgumentException("all-linear cannot be excluded; nothing would be left");
    }
    checkLayers(targets, layersToTransform, layersPattern);
  }

  private static void checkRank(String what, int rank) {
    if (rank < 1 || rank > MAX_RANK) {
      throw new IllegalArgumentException(
          "%s must be between 1 and %d, found %d".formatted(what, MAX_RANK, rank));
    }
  }

  private static void checkAlpha(String what, double alpha) {
    if (!(alpha > 0) || Double.isInfinite(alpha)) {
      throw new IllegalArgumentException(
          "%s must be a positive number, found %s".formatted(what, alpha));
    }
  }

  private static void checkLayers(
      TargetModules targets, List<Integer> layers, List<String> layersPattern) {
    if (layers.isEmpty()) {
      if (!layersPattern.isEmpty()) {
        throw new IllegalArgumentException(
            "layers_pattern %s has no effect without layers_to_transform".formatted(layersPattern));
      }
      return;
    }
    if (!(targets instanceof TargetModules.Suffixes)) {
      throw new IllegalArgumentException(
          "layers_to_transform %s needs target modules given as a list, not as one pattern"
              .formatted(layers));
    }
    for (int layer : layers) {
      if (layer < 0) {
        throw new IllegalArgumentException("negative layer number in %s".formatted(layers));
      }
    }
    layersPattern.forEach(ModulePattern::check);
  }

  /** Start from PEFT's defaults: rank 8, alpha 8, no targets. */
  public static LoraConfigBuilder builder() {
    return new LoraConfigBuilder();
  }

  /** A configuration with these three values and PEFT's defaults for the rest. */
  public static LoraConfig of(int rank, double alpha, TargetModules targets) {
    return builder().rank(rank).alpha(alpha).targets(targets).build();
  }

  /** Start from this configuration. */
  public LoraConfigBuilder toBuilder() {
    return new LoraConfigBuilder(this);
  }

  @Override
  public String peftType() {
    return PEFT_TYPE;
  }

  /**
   * The rank of one module: the first matching entry of the rank pattern, or else the common rank.
   */
  public int rankOf(String module) {
    return byPattern(rankPattern, module).orElse(rank);
  }

  /**
   * The alpha of one module: the first matching entry of the alpha pattern, or else the common
   * alpha.
   */
  public double alphaOf(String module) {
    return byPattern(alphaPattern, module).orElse(alpha);
  }

  /**
   * The factor of {@code B * A} for one module: {@code alpha / r}, or {@code alpha / sqrt(r)} with
   * rsLoRA.
   */
  @Override
  public double scaleOf(String module) {
    int r = rankOf(module);
    return alphaOf(module) / (useRslora ? Math.sqrt(r) : r);
  }

  private static <V> Optional<V> byPattern(Map<String, V> pattern, String module) {
    return pattern.entrySet().stream()
        .filter(entry -> ModulePattern.matchesEnd(entry.getKey(), module))
        .map(Map.Entry::getValue)
        .findFirst();
  }
}
