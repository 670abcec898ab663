package dev.graft.adapter.format;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.Probe;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.adapter.prefix.PrefixWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Small adapters whose values are exact in every dtype. */
final class Samples {
  static final String QUERY = "encoder.layer.0.attention.self.query";
  static final String VALUE = "encoder.layer.0.attention.self.value";

  private Samples() {}

  /** Quarters between -2 and 2, exact in F32, F16 and BF16. */
  static FloatTensor tensor(int offset, long... shape) {
    int size = 1;
    List<Long> dims = new ArrayList<>();
    for (long dim : shape) {
      size *= (int) dim;
      dims.add(dim);
    }
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = ((i * 7 + offset * 3) % 17 - 8) / 4f;
    }
    return FloatTensor.wrap(dims, values);
  }

  static LoraWeights weights(int offset, int rank, int in, int out) {
    return new LoraWeights(tensor(offset, rank, in), tensor(offset + 1, out, rank));
  }

  /** Two modules of different rank and alpha, a classifier of two labels, and a full record. */
  static Adapter classifier() {
    Map<String, Integer> ranks = Map.of("query", 3);
    LoraConfig config =
        LoraConfig.builder()
            .rank(2)
            .alpha(4)
            .targets(TargetModules.suffixes("query", "value"))
            .rankPattern(ranks)
            .alphaPattern(Map.of("query", 1.5))
            .modulesToSave(List.of("classifier"))
            .taskType("SEQ_CLS")
            .baseModelName("sentence-transformers/all-MiniLM-L6-v2")
            .build();
    Map<String, LoraWeights> lora = new TreeMap<>();
    lora.put(QUERY, weights(1, 3, 5, 4));
    lora.put(VALUE, weights(2, 2, 5, 6));
    return Adapter.of(
        config,
        LoraModules.of(lora),
        Map.of("classifier.weight", tensor(3, 2, 5), "classifier.bias", tensor(4, 2)),
        record());
  }

  /** One module, no head, no record. */
  static Adapter plain() {
    return Adapter.of(
        LoraConfig.of(2, 2, TargetModules.suffixes("query")),
        LoraModules.of(Map.of(QUERY, weights(5, 2, 3, 4))),
        Map.of(),
        GraftRecord.empty());
  }

  /** Three virtual tokens for two layers of two heads of four values. */
  static Adapter prefix(float first) {
    List<PrefixLayer> layers = new ArrayList<>();
    for (int n = 0; n < 2; n++) {
      layers.add(new PrefixLayer(tensor(2 * n + 1, 2, 3, 4), tensor(2 * n + 2, 2, 3, 4)));
    }
    layers.set(0, new PrefixLayer(withFirst(layers.get(0).key(), first), layers.get(0).value()));
    PrefixWeights weights = new PrefixWeights(layers);
    return Adapter.of(
        weights.config().withBaseModelName("HuggingFaceTB/SmolLM2-135M-Instruct"),
        weights,
        Map.of(),
        GraftRecord.builder().baseDigest("sha256:base").task("text-generation").build());
  }

  static FloatTensor withFirst(FloatTensor tensor, float first) {
    float[] values = tensor.toArray();
    values[0] = first;
    return FloatTensor.wrap(tensor.shape(), values);
  }

  static GraftRecord record() {
    ObjectNode training = Json.newObject().put("steps", 100).put("seed", 7);
    return GraftRecord.builder()
        .baseDigest("sha256:base")
        .tokenizerDigest("sha256:tokenizer")
        .pooling("mean")
        .task("text-classification")
        .maxLength(128)
        .labels(List.of("no", "oui, ça va"))
        .training(training)
        .probes(List.of(new Probe("hello", List.of(0.5f), List.of(-1.25f, 1e-7f))))
        .build();
  }
}
