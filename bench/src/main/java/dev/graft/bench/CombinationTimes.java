package dev.graft.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.algebra.AdapterResize;
import dev.graft.adapter.algebra.Combination;
import dev.graft.adapter.algebra.CombinationMethod;
import dev.graft.adapter.algebra.CombinationOptions;
import dev.graft.adapter.algebra.ConflictReport;
import dev.graft.adapter.algebra.WeightedAdapter;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * How long it takes to combine two adapters of a Llama with 7 billion weights: 32 layers, hidden
 * size 4096, intermediate size 11008. One line of JSON for each thing that is measured: seconds by
 * the clock, and seconds of processor time, which other processes disturb less.
 *
 * <p>Arguments: rank, layers, {@code qv} or {@code all}, then what to measure: methods by name,
 * {@code conflicts}, {@code resize}.
 */
public final class CombinationTimes {
  private static final int HIDDEN = 4096;
  private static final int INTERMEDIATE = 11008;
  private static final double DENSITY = 0.5;
  private static final List<String> ATTENTION = List.of("q_proj", "k_proj", "v_proj", "o_proj");

  private CombinationTimes() {}

  /** Measures and prints. */
  public static void main(String[] args) {
    int rank = Integer.parseInt(args[0]);
    int layers = Integer.parseInt(args[1]);
    boolean all = args[2].equals("all");
    List<String> what = List.of(args).subList(3, args.length);
    what.forEach(each -> run(each, adapters(8, 1, false)));
    List<WeightedAdapter> adapters = adapters(rank, layers, all);
    for (String each : what) {
      System.gc();
      long cpu = cpuNanos();
      long start = System.nanoTime();
      run(each, adapters);
      double seconds = (System.nanoTime() - start) * 1e-9;
      System.out.printf(
          Locale.ROOT,
          "{\"what\": \"%s\", \"modules\": %d, \"seconds\": %.3f, \"cpuSeconds\": %.3f}%n",
          each,
          adapters.get(0).adapter().weights().partCount(),
          seconds,
          (cpuNanos() - cpu) * 1e-9);
    }
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static void run(String what, List<WeightedAdapter> adapters) {
    if (what.equals("conflicts")) {
      require(!ConflictReport.of(adapters).pairs().isEmpty());
    } else if (what.equals("resize")) {
      Adapter first = adapters.get(0).adapter();
      require(AdapterResize.of("first", first, 4).adapter().isEffective());
    } else {
      CombinationMethod method = CombinationMethod.parse(what);
      CombinationOptions options = CombinationOptions.of(method);
      options = method.usesDensity() ? options.withDensity(DENSITY) : options;
      require(Combination.of(adapters, options).adapter().isEffective());
    }
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw new IllegalStateException("the outcome is not what it should be");
    }
  }

  private static List<WeightedAdapter> adapters(int rank, int layers, boolean all) {
    List<WeightedAdapter> adapters = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      adapters.add(new WeightedAdapter("adapter " + i, adapter(i, rank, layers, all), 0.5 + i));
    }
    return adapters;
  }

  private static Adapter adapter(long seed, int rank, int layers, boolean all) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, LoraWeights> lora = new TreeMap<>();
    for (int layer = 0; layer < layers; layer++) {
      for (String name : all ? ATTENTION : List.of("q_proj", "v_proj")) {
        lora.put(
            "model.layers.%d.self_attn.%s".formatted(layer, name),
            weights(random, rank, HIDDEN, HIDDEN));
      }
      if (all) {
        String mlp = "model.layers.%d.mlp.".formatted(layer);
        lora.put(mlp + "gate_proj", weights(random, rank, INTERMEDIATE, HIDDEN));
        lora.put(mlp + "up_proj", weights(random, rank, INTERMEDIATE, HIDDEN));
        lora.put(mlp + "down_proj", weights(random, rank, HIDDEN, INTERMEDIATE));
      }
    }
    LoraConfig config =
        LoraConfig.of(rank, 2 * rank, new TargetModules.Suffixes(List.copyOf(lora.keySet())));
    return Adapter.of(
        config,
        LoraModules.of(lora),
        Map.of(),
        GraftRecord.builder().baseDigest("sha256:base").build());
  }

  private static LoraWeights weights(SplittableRandom random, int rank, int out, int in) {
    return new LoraWeights(uniform(random, rank, in), uniform(random, out, rank));
  }

  private static FloatTensor uniform(SplittableRandom random, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (random.nextInt() >> 8) * 0x1p-28f;
    }
    return FloatTensor.wrap(List.of((long) rows, (long) columns), values);
  }
}
