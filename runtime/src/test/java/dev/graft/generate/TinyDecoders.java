package dev.graft.generate;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.adapter.prefix.PrefixConfig;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.ExportOptions;
import dev.graft.export.Slot;
import dev.graft.export.Task;
import dev.graft.module.DecoderInfo;
import dev.graft.testmodels.TinyCheckpoint;
import dev.graft.testmodels.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/** Bundles of tiny decoders, and adapters with random weights for them. */
public final class TinyDecoders {
  private TinyDecoders() {}

  public static Bundle export(Path folder, String family) throws IOException {
    return export(folder, family, ExportOptions.of(Task.TEXT_GENERATION));
  }

  static Bundle export(Path folder, String family, ExportOptions options) throws IOException {
    TinyCheckpoint tiny =
        TinyCheckpoints.of(family)
            .tensors(tensors -> tensors.replaceAll((name, tensor) -> louder(name, tensor)));
    if (family.equals("llama")) {
      // In-place attention takes no smaller heads.
      tiny.with("head_dim", 16);
    }
    Path checkpoint = tiny.write(folder.resolve("checkpoint"));
    return BundleExporter.export(checkpoint, Optional.empty(), options, folder.resolve("bundle"))
        .bundle();
  }

  /** Random weights of the usual size give the same token for ever; these say different things. */
  private static FloatTensor louder(String name, FloatTensor tensor) {
    return name.contains("norm") || name.contains("ln_") ? tensor : tensor.scaled(2.5);
  }

  /** A LoRA adapter at the modules whose path ends in one of the names. */
  public static Adapter lora(Bundle bundle, long seed, int rank, String... modules) {
    Random random = new Random(seed);
    LoraConfig config =
        LoraConfig.builder()
            .rank(rank)
            .alpha(2 * rank)
            .targets(TargetModules.suffixes(modules))
            .build();
    Map<String, LoraWeights> lora = new TreeMap<>();
    for (Slot slot : bundle.manifest().slots()) {
      if (List.of(modules).stream().anyMatch(m -> slot.module().endsWith("." + m))) {
        lora.put(
            slot.module(),
            new LoraWeights(
                random(random, 0.5, rank, slot.in()), random(random, 0.5, slot.out(), rank)));
      }
    }
    return Adapter.of(config, LoraModules.of(lora), Map.of(), record(bundle));
  }

  public static Adapter prefix(Bundle bundle, long seed, int virtual) {
    DecoderInfo info = bundle.manifest().requireDecoder();
    return prefix(bundle, seed, virtual, info.layers(), info.kvHeads(), info.headDim());
  }

  static Adapter prefix(
      Bundle bundle, long seed, int virtual, int layers, int heads, int features) {
    Random random = new Random(seed);
    List<PrefixLayer> made = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      made.add(
          new PrefixLayer(
              random(random, 1, heads, virtual, features),
              random(random, 1, heads, virtual, features)));
    }
    return Adapter.of(
        PrefixConfig.of(virtual, layers, heads, features),
        new PrefixWeights(made),
        Map.of(),
        record(bundle));
  }

  private static GraftRecord record(Bundle bundle) {
    return GraftRecord.builder().baseDigest(bundle.manifest().baseDigest()).build();
  }

  private static FloatTensor random(Random random, double deviation, long... shape) {
    long count = 1;
    for (long s : shape) {
      count *= s;
    }
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return FloatTensor.of(Arrays.stream(shape).boxed().toList(), values);
  }
}
