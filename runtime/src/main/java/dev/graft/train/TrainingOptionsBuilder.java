package dev.graft.train;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.InitLoraWeights;
import dev.graft.session.BasePrecision;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * Collects {@link TrainingOptions}; used by one thread. What is not set has the default given here
 * and nowhere else.
 *
 * <p>A value set by its own method counts as given by the caller ({@link Origin#FLAG}); {@link
 * #set} says its origin.
 */
public final class TrainingOptionsBuilder {
  private TrainedType adapterType = TrainedType.LORA;
  private int rank = 8;
  private double alpha = 16;
  private TargetModules targets = new TargetModules.AllLinear();
  private TargetModules excludeModules = TargetModules.none();
  private List<Integer> layersToTransform = List.of();
  private Map<String, Integer> rankPattern = Map.of();
  private Map<String, Double> alphaPattern = Map.of();
  private boolean useRslora = false;
  private double loraDropout = 0;
  private InitLoraWeights init = InitLoraWeights.DEFAULT;
  private int virtualTokens = 20;
  private Optional<String> initPrompt = Optional.empty();
  private double learningRate = 3e-3;
  private double loraPlusRatio = 1;
  private Schedule schedule = Schedule.LINEAR;
  private int warmupSteps = 0;
  private int epochs = 4;
  private OptionalInt maxSteps = OptionalInt.empty();
  private int batchSize = 32;
  private int accumulate = 1;
  private int maxLength = 128;
  private boolean shuffle = true;
  private boolean bucketing = true;
  private boolean pack = false;
  private long seed = 42;
  private double weightDecay = 0.01;
  private double beta1 = 0.9;
  private double beta2 = 0.999;
  private double epsilon = 1e-8;
  private double clip = 1;
  private double labelSmoothing = 0;
  private ClassWeights classWeights = new ClassWeights.None();
  private Optional<String> ignoreLabel = Optional.empty();
  private int evalEvery = 0;
  private int earlyStoppingPatience = 0;
  private BestBy bestBy = BestBy.LOSS;
  private boolean keepBest = true;
  private int tokensPerRun = 1024;
  private boolean gradientCheckpointing = false;
  private BasePrecision basePrecision = BasePrecision.FP32;
  private int checkpointEvery = 200;
  private OptionalInt threads = OptionalInt.empty();
  private final Map<String, Origin> origins = new TreeMap<>();

  TrainingOptionsBuilder() {}

  TrainingOptionsBuilder(TrainingOptions options) {
    for (String name : TrainingOptions.names()) {
      TrainingOptionTable.field(name).write(this, options.value(name));
    }
    origins.clear();
    origins.putAll(options.origins());
  }

  /**
   * Set an option by its name, as flags, environments and files do.
   *
   * @throws IllegalArgumentException if there is no such option, naming the nearest, or the value
   *     is of another kind
   */
  public TrainingOptionsBuilder set(String name, JsonNode value, Origin origin) {
    TrainingOptionTable.field(name).write(this, value);
    if (origin == Origin.DEFAULT) {
      origins.remove(name);
    } else {
      origins.put(name, origin);
    }
    return this;
  }

  /** Set {@link TrainingOptions#adapterType}. */
  public TrainingOptionsBuilder adapterType(TrainedType value) {
    adapterType = value;
    return given("adapterType");
  }

  /** Set {@link TrainingOptions#virtualTokens}. */
  public TrainingOptionsBuilder virtualTokens(int value) {
    virtualTokens = value;
    return given("virtualTokens");
  }

  /** Set {@link TrainingOptions#initPrompt}. */
  public TrainingOptionsBuilder initPrompt(Optional<String> value) {
    initPrompt = value;
    return given("initPrompt");
  }

  /** Set {@link TrainingOptions#pack}. */
  public TrainingOptionsBuilder pack(boolean value) {
    pack = value;
    return given("pack");
  }

  /** Set {@link TrainingOptions#rank}. */
  public TrainingOptionsBuilder rank(int value) {
    rank = value;
    return given("rank");
  }

  /** Set {@link TrainingOptions#alpha}. */
  public TrainingOptionsBuilder alpha(double value) {
    alpha = value;
    return given("alpha");
  }

  /** Set {@link TrainingOptions#targets}. */
  public TrainingOptionsBuilder targets(TargetModules value) {
    targets = value;
    return given("targets");
  }

  /** Set {@link TrainingOptions#excludeModules}. */
  public TrainingOptionsBuilder excludeModules(TargetModules value) {
    excludeModules = value;
    return given("excludeModules");
  }

  /** Set {@link TrainingOptions#layersToTransform}. */
  public TrainingOptionsBuilder layersToTransform(List<Integer> value) {
    layersToTransform = value;
    return given("layersToTransform");
  }

  /** Set {@link TrainingOptions#rankPattern}. */
  public TrainingOptionsBuilder rankPattern(Map<String, Integer> value) {
    rankPattern = value;
    return given("rankPattern");
  }

  /** Set {@link TrainingOptions#alphaPattern}. */
  public TrainingOptionsBuilder alphaPattern(Map<String, Double> value) {
    alphaPattern = value;
    return given("alphaPattern");
  }

  /** Set {@link TrainingOptions#useRslora}. */
  public TrainingOptionsBuilder useRslora(boolean value) {
    useRslora = value;
    return given("useRslora");
  }

  /** Set {@link TrainingOptions#loraDropout}. */
  public TrainingOptionsBuilder loraDropout(double value) {
    loraDropout = value;
    return given("loraDropout");
  }

  /** Set {@link TrainingOptions#init}. */
  public TrainingOptionsBuilder init(InitLoraWeights value) {
    init = value;
    return given("init");
  }

  /** Set {@link TrainingOptions#learningRate}. */
  public TrainingOptionsBuilder learningRate(double value) {
    learningRate = value;
    return given("learningRate");
  }

  /** Set {@link TrainingOptions#loraPlusRatio}. */
  public TrainingOptionsBuilder loraPlusRatio(double value) {
    loraPlusRatio = value;
    return given("loraPlusRatio");
  }

  /** Set {@link TrainingOptions#schedule}. */
  public TrainingOptionsBuilder schedule(Schedule value) {
    schedule = value;
    return given("schedule");
  }

  /** Set {@link TrainingOptions#warmupSteps}. */
  public TrainingOptionsBuilder warmupSteps(int value) {
    warmupSteps = value;
    return given("warmupSteps");
  }

  /** Set {@link TrainingOptions#epochs}. */
  public TrainingOptionsBuilder epochs(int value) {
    epochs = value;
    return given("epochs");
  }

  /** Set {@link TrainingOptions#maxSteps}. */
  public TrainingOptionsBuilder maxSteps(OptionalInt value) {
    maxSteps = value;
    return given("maxSteps");
  }

  /** Set {@link TrainingOptions#batchSize}. */
  public TrainingOptionsBuilder batchSize(int value) {
    batchSize = value;
    return given("batchSize");
  }

  /** Set {@link TrainingOptions#accumulate}. */
  public TrainingOptionsBuilder accumulate(int value) {
    accumulate = value;
    return given("accumulate");
  }

  /** Set {@link TrainingOptions#maxLength}. */
  public TrainingOptionsBuilder maxLength(int value) {
    maxLength = value;
    return given("maxLength");
  }

  /** Set {@link TrainingOptions#shuffle}. */
  public TrainingOptionsBuilder shuffle(boolean value) {
    shuffle = value;
    return given("shuffle");
  }

  /** Set {@link TrainingOptions#bucketing}. */
  public TrainingOptionsBuilder bucketing(boolean value) {
    bucketing = value;
    return given("bucketing");
  }

  /** Set {@link TrainingOptions#seed}. */
  public TrainingOptionsBuilder seed(long value) {
    seed = value;
    return given("seed");
  }

  /** Set {@link TrainingOptions#weightDecay}. */
  public TrainingOptionsBuilder weightDecay(double value) {
    weightDecay = value;
    return given("weightDecay");
  }

  /** Set {@link TrainingOptions#beta1}. */
  public TrainingOptionsBuilder beta1(double value) {
    beta1 = value;
    return given("beta1");
  }

  /** Set {@link TrainingOptions#beta2}. */
  public TrainingOptionsBuilder beta2(double value) {
    beta2 = value;
    return given("beta2");
  }

  /** Set {@link TrainingOptions#epsilon}. */
  public TrainingOptionsBuilder epsilon(double value) {
    epsilon = value;
    return given("epsilon");
  }

  /** Set {@link TrainingOptions#clip}. */
  public TrainingOptionsBuilder clip(double value) {
    clip = value;
    return given("clip");
  }

  /** Set {@link TrainingOptions#labelSmoothing}. */
  public TrainingOptionsBuilder labelSmoothing(double value) {
    labelSmoothing = value;
    return given("labelSmoothing");
  }

  /** Set {@link TrainingOptions#classWeights}. */
  public TrainingOptionsBuilder classWeights(ClassWeights value) {
    classWeights = value;
    return given("classWeights");
  }

  /** Set {@link TrainingOptions#ignoreLabel}. */
  public TrainingOptionsBuilder ignoreLabel(Optional<String> value) {
    ignoreLabel = value;
    return given("ignoreLabel");
  }

  /** Set {@link TrainingOptions#evalEvery}. */
  public TrainingOptionsBuilder evalEvery(int value) {
    evalEvery = value;
    return given("evalEvery");
  }

  /** Set {@link TrainingOptions#earlyStoppingPatience}. */
  public TrainingOptionsBuilder earlyStoppingPatience(int value) {
    earlyStoppingPatience = value;
    return given("earlyStoppingPatience");
  }

  /** Set {@link TrainingOptions#bestBy}. */
  public TrainingOptionsBuilder bestBy(BestBy value) {
    bestBy = value;
    return given("bestBy");
  }

  /** Set {@link TrainingOptions#keepBest}. */
  public TrainingOptionsBuilder keepBest(boolean value) {
    keepBest = value;
    return given("keepBest");
  }

  /** Set {@link TrainingOptions#tokensPerRun}. */
  public TrainingOptionsBuilder tokensPerRun(int value) {
    tokensPerRun = value;
    return given("tokensPerRun");
  }

  /** Set {@link TrainingOptions#gradientCheckpointing}. */
  public TrainingOptionsBuilder gradientCheckpointing(boolean value) {
    gradientCheckpointing = value;
    return given("gradientCheckpointing");
  }

  /** Set {@link TrainingOptions#basePrecision}. */
  public TrainingOptionsBuilder basePrecision(BasePrecision value) {
    basePrecision = value;
    return given("basePrecision");
  }

  /** Set {@link TrainingOptions#checkpointEvery}. */
  public TrainingOptionsBuilder checkpointEvery(int value) {
    checkpointEvery = value;
    return given("checkpointEvery");
  }

  /** Set {@link TrainingOptions#threads}. */
  public TrainingOptionsBuilder threads(OptionalInt value) {
    threads = value;
    return given("threads");
  }

  private TrainingOptionsBuilder given(String name) {
    origins.put(name, Origin.FLAG);
    return this;
  }

  /**
   * Make the options.
   *
   * @throws IllegalArgumentException if a value is out of its range, naming the option
   */
  public TrainingOptions build() {
    return new TrainingOptions(
        adapterType,
        rank,
        alpha,
        targets,
        excludeModules,
        layersToTransform,
        rankPattern,
        alphaPattern,
        useRslora,
        loraDropout,
        init,
        virtualTokens,
        initPrompt,
        learningRate,
        loraPlusRatio,
        schedule,
        warmupSteps,
        epochs,
        maxSteps,
        batchSize,
        accumulate,
        maxLength,
        shuffle,
        bucketing,
        pack,
        seed,
        weightDecay,
        beta1,
        beta2,
        epsilon,
        clip,
        labelSmoothing,
        classWeights,
        ignoreLabel,
        evalEvery,
        earlyStoppingPatience,
        bestBy,
        keepBest,
        tokensPerRun,
        gradientCheckpointing,
        basePrecision,
        checkpointEvery,
        threads,
        origins);
  }
}
