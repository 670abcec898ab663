package dev.graft.generate;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.export.Bundle;
import dev.graft.export.BundleGraph;
import dev.graft.inject.GenerationGraphs;
import dev.graft.inject.LoraInjection;
import dev.graft.module.DecoderInfo;
import dev.graft.module.DecoderSignature;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.RunResult;
import dev.graft.ort.SessionSettings;
import dev.graft.session.BundleSessions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Greedy generation by hand: one row, and every step reads the whole text anew. */
final class Uncached {
  private Uncached() {}

  static List<Integer> greedy(Bundle bundle, List<Integer> prompt, Adapter adapter, int count)
      throws IOException {
    Set<String> modules = LoraModules.in(adapter).keySet();
    List<Integer> tokens = new ArrayList<>(prompt);
    try (BundleSessions sessions = BundleSessions.of(bundle);
        OrtModel model =
            sessions.open(
                BundleGraph.INFERENCE,
                modules,
                Set.of(DecoderSignature.LOGITS),
                SessionSettings.defaults().withIntraOpThreads(1))) {
      while (tokens.size() < prompt.size() + count) {
        tokens.add(next(bundle, model, tokens, adapter));
      }
    }
    return tokens.subList(prompt.size(), tokens.size());
  }

  private static int next(Bundle bundle, OrtModel model, List<Integer> tokens, Adapter adapter) {
    List<PrefixLayer> prefix = PrefixWeights.in(adapter);
    int virtual = prefix.isEmpty() ? 0 : Math.toIntExact(prefix.get(0).key().shape().get(1));
    int count = tokens.size();
    long[] positions = new long[count];
    long[] mask = new long[virtual + count];
    Arrays.fill(mask, 1);
    for (int i = 0; i < count; i++) {
      positions[i] = (long) virtual + i;
    }
    Map<String, NativeTensor> feeds = new HashMap<>();
    long[] ids = tokens.stream().mapToLong(Integer::longValue).toArray();
    feeds.put(DecoderSignature.INPUT_IDS, NativeTensor.of(ids, 1, count));
    feeds.put(DecoderSignature.ATTENTION_MASK, NativeTensor.of(mask, 1, virtual + count));
    feeds.put(DecoderSignature.POSITION_IDS, NativeTensor.of(positions, 1, count));
    feeds.put(GenerationGraphs.LAST_TOKEN, NativeTensor.of(new long[] {count - 1}, 1));
    addPast(feeds, bundle.manifest().requireDecoder(), prefix);
    addLora(feeds, adapter);
    Map<String, NativeTensor> taken = new HashMap<>(feeds);
    taken.keySet().retainAll(model.inputNames());
    try (RunResult result = model.run(taken, List.of(DecoderSignature.LOGITS))) {
      return largest(result.floats(DecoderSignature.LOGITS));
    } finally {
      feeds.values().forEach(NativeTensor::close);
    }
  }

  private static void addPast(
      Map<String, NativeTensor> feeds, DecoderInfo info, List<PrefixLayer> prefix) {
    for (int layer = 0; layer < info.layers(); layer++) {
      feeds.put(
          DecoderSignature.pastKey(layer),
          prefix.isEmpty() ? empty(info) : oneRow(prefix.get(layer).key()));
      feeds.put(
          DecoderSignature.pastValue(layer),
          prefix.isEmpty() ? empty(info) : oneRow(prefix.get(layer).value()));
    }
  }

  private static NativeTensor empty(DecoderInfo info) {
    return NativeTensor.floats(1, info.kvHeads(), 0, info.headDim());
  }

  private static NativeTensor oneRow(FloatTensor tensor) {
    List<Long> shape = tensor.shape();
    return NativeTensor.of(tensor.toArray(), 1, shape.get(0), shape.get(1), shape.get(2));
  }

  private static void addLora(Map<String, NativeTensor> feeds, Adapter adapter) {
    LoraModules.in(adapter)
        .forEach(
            (module, weights) -> {
              FloatTensor a = weights.a().transposed();
              FloatTensor b = weights.b().scaled(adapter.scaleOf(module)).transposed();
              feeds.put(
                  LoraInjection.inputA(module),
                  NativeTensor.of(a.toArray(), 1, weights.in(), weights.rank()));
              feeds.put(
                  LoraInjection.inputB(module),
                  NativeTensor.of(b.toArray(), 1, weights.rank(), weights.out()));
            });
    feeds.put(LoraInjection.ADAPTER_INDEX, NativeTensor.of(new long[] {0}, 1));
  }

  private static int largest(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }
}
