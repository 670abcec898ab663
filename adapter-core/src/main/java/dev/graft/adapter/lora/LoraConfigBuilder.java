package dev.graft.adapter.lora;

import dev.graft.adapter.TargetModules;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Collects the fields of a {@link LoraConfig}; used by one thread. What is not set has PEFT's
 * default.
 */
public final class LoraConfigBuilder {
  private int rank = LoraConfig.DEFAULT_RANK;
  private double alpha = LoraConfig.DEFAULT_RANK;
  private TargetModules targets = TargetModules.none();
  private TargetModules excludeModules = TargetModules.none();
  private List<Integer> layersToTransform = List.of();
  private List<String> layersPattern = List.of();
  private Map<String, Integer> rankPattern = Map.of();
  private Map<String, Double> alphaPattern = Map.of();
  private boolean useRslora;
  private boolean fanInFanOut;
  private double dropout;
  private List<String> modulesToSave = List.of();
  private @Nullable String taskType;
  private @Nullable String baseModelName;
  private @Nullable String revision;
  private InitLoraWeights init = InitLoraWeights.DEFAULT;

  LoraConfigBuilder() {}

  LoraConfigBuilder(LoraConfig config) {
    rank = config.rank();
    alpha = config.alpha();
    targets = config.targets();
    excludeModules = config.excludeModules();
    layersToTransform = config.layersToTransform();
    layersPattern = config.layersPattern();
    rankPattern = config.rankPattern();
    alphaPattern = config.alphaPattern();
    useRslora = config.useRslora();
    fanInFanOut = config.fanInFanOut();
    dropout = config.dropout();
    modulesToSave = config.modulesToSave();
    taskType = config.taskType().orElse(null);
    baseModelName = config.baseModelName().orElse(null);
    revision = config.revision().orElse(null);
    init = config.init();
  }

  /**
   * Set ranks, alphas and their patterns so that these modules have the ranks of their factors and
   * a scale of 1. The most frequent rank is the common one.
   */
  public LoraConfigBuilder ranksOf(SortedMap<String, LoraWeights> modules) {
    UnitScale.addTo(this, modules);
    return this;
  }

  /** Set {@link LoraConfig#rank}. */
  public LoraConfigBuilder rank(int rank) {
    this.rank = rank;
    return this;
  }

  /** Set {@link LoraConfig#alpha}. */
  public LoraConfigBuilder alpha(double alpha) {
    this.alpha = alpha;
    return this;
  }

  /** Set {@link LoraConfig#targets}. */
  public LoraConfigBuilder targets(TargetModules targets) {
    this.targets = targets;
    return this;
  }

  /** Set {@link LoraConfig#excludeModules}. */
  public LoraConfigBuilder excludeModules(TargetModules excludeModules) {
    this.excludeModules = excludeModules;
    return this;
  }

  /** Set {@link LoraConfig#layersToTransform}. */
  public LoraConfigBuilder layersToTransform(List<Integer> layersToTransform) {
    this.layersToTransform = layersToTransform;
    return this;
  }

  /** Set {@link LoraConfig#layersPattern}. */
  public LoraConfigBuilder layersPattern(List<String> layersPattern) {
    this.layersPattern = layersPattern;
    return this;
  }

  /** Set {@link LoraConfig#rankPattern}. */
  public LoraConfigBuilder rankPattern(Map<String, Integer> rankPattern) {
    this.rankPattern = rankPattern;
    return this;
  }

  /** Set {@link LoraConfig#alphaPattern}. */
  public LoraConfigBuilder alphaPattern(Map<String, Double> alphaPattern) {
    this.alphaPattern = alphaPattern;
    return this;
  }

  /** Set {@link LoraConfig#useRslora}. */
  public LoraConfigBuilder useRslora(boolean useRslora) {
    this.useRslora = useRslora;
    return this;
  }

  /** Set {@link LoraConfig#fanInFanOut}. */
  public LoraConfigBuilder fanInFanOut(boolean fanInFanOut) {
    this.fanInFanOut = fanInFanOut;
    return this;
  }

  /** Set {@link LoraConfig#dropout}. */
  public LoraConfigBuilder dropout(double dropout) {
    this.dropout = dropout;
    return this;
  }

  /** Set {@link LoraConfig#modulesToSave}. */
  public LoraConfigBuilder modulesToSave(List<String> modulesToSave) {
    this.modulesToSave = modulesToSave;
    return this;
  }

  /** Set {@link LoraConfig#taskType}. */
  public LoraConfigBuilder taskType(@Nullable String taskType) {
    this.taskType = taskType;
    return this;
  }

  /** Set {@link LoraConfig#baseModelName}. */
  public LoraConfigBuilder baseModelName(@Nullable String baseModelName) {
    this.baseModelName = baseModelName;
    return this;
  }

  /** Set {@link LoraConfig#revision}. */
  public LoraConfigBuilder revision(@Nullable String revision) {
    this.revision = revision;
    return this;
  }

  /** Set {@link LoraConfig#init}. */
  public LoraConfigBuilder init(InitLoraWeights init) {
    this.init = init;
    return this;
  }

  /**
   * Make the configuration.
   *
   * @throws IllegalArgumentException if a value is out of range; see {@link LoraConfig}
   */
  public LoraConfig build() {
    return new LoraConfig(
        rank,
        alpha,
        targets,
        excludeModules,
        layersToTransform,
        layersPattern,
        rankPattern,
        alphaPattern,
        useRslora,
        fanInFanOut,
        dropout,
        modulesToSave,
        Optional.ofNullable(taskType),
        Optional.ofNullable(baseModelName),
        Optional.ofNullable(revision),
        init);
  }
}
