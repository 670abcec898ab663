package dev.graft.session;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.ExportOptions;
import dev.graft.export.Slot;
import dev.graft.export.Task;
import dev.graft.testmodels.TinyEncoders;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Bundles of tiny encoders, and adapters with random weights for them. */
public final class TinyBundles {
  private TinyBundles() {}

  /** A classification bundle with a slot at every linear module. */
  public static Bundle export(Path folder, TinyEncoders.Style style) throws IOException {
    return export(folder, style, ExportOptions.of(Task.TEXT_CLASSIFICATION));
  }

  public static Bundle export(Path folder, TinyEncoders.Style style, ExportOptions options)
      throws IOException {
    Path model = TinyEncoders.write(folder.resolve("model"), style, 7);
    return BundleExporter.export(model, Optional.empty(), options, folder.resolve("bundle"))
        .bundle();
  }

  /**
   * An adapter whose every weight is random, at the modules whose path ends in one of the names.
   */
  public static Adapter adapter(Bundle bundle, long seed, int rank, int labels, String... modules) {
    Random random = new Random(seed);
    LoraConfig config =
        LoraConfig.builder()
            .rank(rank)
            .alpha(2 * rank)
            .targets(TargetModules.suffixes(modules))
            .modulesToSave(List.of("classifier"))
            .build();
    Map<String, LoraWeights> lora = new TreeMap<>();
    for (Slot slot : bundle.manifest().slots()) {
      if (List.of(modules).stream().anyMatch(m -> slot.module().endsWith("." + m))) {
        lora.put(
            slot.module(),
            new LoraWeights(
                random(random, 0.3, rank, slot.in()), random(random, 0.3, slot.out(), rank)));
      }
    }
    long hidden = bundle.manifest().hiddenSize();
    Map<String, FloatTensor> saved =
        Map.of(
            "classifier.weight", random(random, 0.5, labels, hidden),
            "classifier.bias", random(random, 0.5, labels));
    GraftRecord record =
        GraftRecord.builder()
            .baseDigest(bundle.manifest().baseDigest())
            .labels(IntStream.range(0, labels).mapToObj(i -> "label" + i).toList())
            .build();
    return Adapter.of(config, LoraModules.of(lora), saved, record);
  }

  private static FloatTensor random(Random random, double deviation, long... shape) {
    long count = 1;
    for (long s : shape) {
      count *= s;
    }
    float[] values = new float[(int) count];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return FloatTensor.of(Arrays.stream(shape).boxed().toList(), values);
  }
}
