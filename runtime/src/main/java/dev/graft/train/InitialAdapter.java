package dev.graft.train;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.adapter.lora.InitLoraWeights;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraInit;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.adapter.prefix.PrefixConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** What training starts from: new random weights, or those of another adapter. */
final class InitialAdapter {
  /** Options that may be others than the adapter's: they do not say what its weights mean. */
  private static final Set<String> FREE = Set.of("targets", "loraDropout");

  private InitialAdapter() {}

  /** Read the adapter to go on from; it may still be one that changes nothing. */
  static Adapter read(Path directory) throws IOException {
    Adapter adapter = new PeftFormat().load(directory, ReadOptions.allowingIneffective()).adapter();
    return adapter;
  }

  /**
   * The options with the adapter's type, rank, scale, dropout and modules where they are not given.
   *
   * @throws TrainingException if one is given that says what the adapter's weights are, and is not
   *     the adapter's
   */
  static TrainingOptions adopt(TrainingOptions options, Adapter adapter, Iterable<String> modules)
      throws TrainingException {
    TrainingOptions own = ownOptions(adapter, modules);
    List<String> names =
        own.adapterType() == TrainedType.PREFIX
            ? List.of("adapterType", "virtualTokens")
            : List.of(
                "adapterType",
                "rank",
                "alpha",
                "useRslora",
                "loraDropout",
                "rankPattern",
                "alphaPattern",
                "targets");
    TrainingOptionsBuilder adopted = options.toBuilder();
    for (String name : names) {
      if (options.origin(name) == Origin.DEFAULT) {
        adopted.set(name, own.value(name), Origin.FILE);
      } else if (!FREE.contains(name) && !options.value(name).equals(own.value(name))) {
        throw new TrainingException(
            "option \"%s\" is %s, but the initial adapter has %s; leave the option out, or train a new adapter"
                .formatted(name, options.value(name), own.value(name)));
      }
    }
    return adopted.build();
  }

  private static TrainingOptions ownOptions(Adapter adapter, Iterable<String> modules)
      throws TrainingException {
    if (adapter.config() instanceof PrefixConfig config) {
      return TrainingOptions.builder()
          .adapterType(TrainedType.PREFIX)
          .virtualTokens(config.virtualTokens())
          .build();
    }
    if (!(adapter.config() instanceof LoraConfig config)) {
      throw new TrainingException(
          "the initial adapter is of type %s, which cannot be trained"
              .formatted(adapter.config().peftType()));
    }
    List<String> paths = new TreeSet<>(toList(modules)).stream().toList();
    return TrainingOptions.builder()
        .rank(config.rank())
        .alpha(config.alpha())
        .useRslora(config.useRslora())
        .loraDropout(config.dropout())
        .rankPattern(config.rankPattern())
        .alphaPattern(config.alphaPattern())
        .targets(new TargetModules.Suffixes(paths))
        .build();
  }

  private static List<String> toList(Iterable<String> modules) {
    List<String> list = new ArrayList<>();
    modules.forEach(list::add);
    return list;
  }

  /** New LoRA weights as PEFT's: random A, zero B. */
  static SortedMap<String, LoraWeights> lora(
      List<TrainedModule> modules, InitLoraWeights init, long seed) {
    SortedMap<String, LoraWeights> weights = new TreeMap<>();
    for (TrainedModule module : modules) {
      weights.put(
          module.module(),
          LoraInit.weights(init, seed, module.module(), module.in(), module.out(), module.rank()));
    }
    return weights;
  }
}
