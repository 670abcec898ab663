package dev.graft.bench;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.export.Bundle;
import dev.graft.export.Slot;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Adapters with random weights on query and value, as the peer's benchmark makes them. */
final class RandomAdapters {
  private static final double DEVIATION = 0.05;

  private RandomAdapters() {}

  static Adapter of(Bundle bundle, long seed, int rank) {
    Random random = new Random(seed);
    LoraConfig config = LoraConfig.of(rank, 2 * rank, TargetModules.suffixes("query", "value"));
    Map<String, LoraWeights> lora = new TreeMap<>();
    for (Slot slot : bundle.manifest().slots()) {
      lora.put(
          slot.module(),
          new LoraWeights(random(random, rank, slot.in()), random(random, slot.out(), rank)));
    }
    GraftRecord record = GraftRecord.builder().baseDigest(bundle.manifest().baseDigest()).build();
    return Adapter.of(config, LoraModules.of(lora), Map.of(), record);
  }

  private static FloatTensor random(Random random, long rows, long columns) {
    float[] values = new float[Math.toIntExact(rows * columns)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (DEVIATION * random.nextGaussian());
    }
    return FloatTensor.wrap(List.of(rows, columns), values);
  }
}
