package dev.graft.resident;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraConfigBuilder;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.export.AdapterBinding;
import dev.graft.export.Manifest;
import dev.graft.export.Slot;
import dev.graft.export.Task;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.Pooling;
import dev.graft.module.DecoderInfo;
import dev.graft.ort.NativeTensor;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** A bundle of two modules and a head, as far as adapters look at it, and adapters for it. */
final class Residents {
  static final long HIDDEN = 3;
  static final Slot QUERY = new Slot("layer.query", 3, 2);
  static final Slot DENSE = new Slot("layer.dense", 2, 4);
  static final String WEIGHT = "classifier.weight";
  static final String BIAS = "classifier.bias";

  private static final String BASE = "sha256:base";

  private Residents() {}

  static Manifest classifier() {
    return manifest(
        Task.TEXT_CLASSIFICATION, Optional.of(ClassificationHead.linear()), Optional.empty());
  }

  /** The same bundle without a head. */
  static Manifest encoder() {
    return manifest(Task.FEATURE_EXTRACTION, Optional.empty(), Optional.empty());
  }

  /** The same bundle of a decoder of two layers with two heads of two features. */
  static Manifest decoder() {
    DecoderInfo info =
        new DecoderInfo("llama", 2, 2, 2, 10, 16, List.of(), Optional.empty(), Optional.empty());
    return manifest(Task.TEXT_GENERATION, Optional.empty(), Optional.of(info));
  }

  private static Manifest manifest(
      Task task, Optional<ClassificationHead> head, Optional<DecoderInfo> decoder) {
    return new Manifest(
        Manifest.FORMAT_VERSION,
        "test",
        task,
        decoder.isPresent() ? Optional.empty() : Optional.of(Pooling.MEAN),
        head,
        List.of(),
        decoder,
        List.of("LORA", "PREFIX_TUNING"),
        BASE,
        Optional.empty(),
        HIDDEN,
        16,
        List.of("input_ids"),
        List.of(QUERY, DENSE),
        Map.of(),
        Map.of());
  }

  /** An adapter of some slots with a head of so many labels; none without labels. */
  static Adapter adapter(int seed, int rank, int labels, Slot... slots) {
    Map<String, LoraWeights> lora = new TreeMap<>();
    for (Slot slot : slots) {
      lora.put(
          slot.module(),
          new LoraWeights(tensor(seed, rank, slot.in()), tensor(seed + 1, slot.out(), rank)));
    }
    LoraConfigBuilder config =
        LoraConfig.builder()
            .rank(rank)
            .alpha(2 * rank)
            .targets(TargetModules.suffixes("query", "dense"));
    GraftRecord record =
        GraftRecord.builder()
            .baseDigest(BASE)
            .labels(IntStream.range(0, labels).mapToObj(i -> "label" + i).toList())
            .build();
    return labels == 0
        ? Adapter.of(config.build(), LoraModules.of(lora), Map.of(), record)
        : Adapter.of(
            config.modulesToSave(List.of("classifier")).build(),
            LoraModules.of(lora),
            Map.of(WEIGHT, tensor(seed + 2, labels, HIDDEN), BIAS, tensor(seed + 3, labels)),
            record);
  }

  /** A prefix of three tokens for the decoder. */
  static Adapter prefix() {
    PrefixWeights weights =
        new PrefixWeights(
            List.of(
                new PrefixLayer(tensor(1, 2, 3, 2), tensor(2, 2, 3, 2)),
                new PrefixLayer(tensor(3, 2, 3, 2), tensor(4, 2, 3, 2))));
    return Adapter.of(
        weights.config(), weights, Map.of(), GraftRecord.builder().baseDigest(BASE).build());
  }

  /** Values that are all different and not zero. */
  static FloatTensor tensor(int seed, long... shape) {
    long size = 1;
    List<Long> dims = new ArrayList<>();
    for (long dim : shape) {
      size *= dim;
      dims.add(dim);
    }
    float[] values = new float[Math.toIntExact(size)];
    for (int i = 0; i < values.length; i++) {
      values[i] = seed + (i + 1) / 64f;
    }
    return FloatTensor.wrap(dims, values);
  }

  static ResidentAdapter resident(Manifest manifest, Adapter adapter) {
    return ResidentAdapter.of(AdapterBinding.bind(manifest, adapter));
  }

  static RowAdapter row(String name, ResidentAdapter resident) {
    return new RowAdapter(name, Optional.of(resident));
  }

  static List<Float> values(Map<String, NativeTensor> feeds, String name) {
    FloatBuffer buffer = Objects.requireNonNull(feeds.get(name), name).floatBuffer();
    List<Float> values = new ArrayList<>();
    while (buffer.hasRemaining()) {
      values.add(buffer.get());
    }
    return values;
  }

  static List<Long> shape(Map<String, NativeTensor> feeds, String name) {
    List<Long> shape = new ArrayList<>();
    for (long dim : Objects.requireNonNull(feeds.get(name), name).shape()) {
      shape.add(dim);
    }
    return shape;
  }
}
