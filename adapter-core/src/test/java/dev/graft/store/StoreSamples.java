package dev.graft.store;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Quota;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Small adapters for the registry. */
final class StoreSamples {
  static final String BASE = "sha256:" + "ab".repeat(32);
  static final String TOKENIZER = "sha256:" + "cd".repeat(32);
  static final AdapterName SUPPORT = AdapterName.parse("acme/support");
  static final Change ME = Change.by("tester");

  private StoreSamples() {}

  /** An adapter that differs by its seed, with an accuracy. */
  static Adapter adapter(int seed, double accuracy) {
    ObjectNode training = JsonNodeFactory.instance.objectNode();
    training.put("steps", 10);
    training
        .putObject("bestEval")
        .put("step", 5)
        .put("evalLoss", 1 - accuracy)
        .put("evalAccuracy", accuracy);
    return adapter(
        seed,
        GraftRecord.builder()
            .baseDigest(BASE)
            .tokenizerDigest(TOKENIZER)
            .task("text-classification")
            .training(training)
            .build());
  }

  static Adapter adapter(int seed, GraftRecord record) {
    return Adapter.of(
        LoraConfig.of(2, 4, TargetModules.suffixes("query")),
        LoraModules.of(
            Map.of(
                "encoder.layer.0.attention.self.query",
                new LoraWeights(tensor(seed, 2, 8), tensor(seed + 1, 8, 2)))),
        Map.of(),
        record);
  }

  static FloatTensor tensor(int seed, long rows, long columns) {
    float[] values = new float[Math.toIntExact(rows * columns)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i + 1) / 16f + seed;
    }
    return FloatTensor.wrap(List.of(rows, columns), values);
  }

  static AdapterReference ref(String text) {
    return AdapterReference.parse(text);
  }

  /** A registry with the tenant {@code acme}. */
  static AdapterStore withTenant(StoreLocation location) throws IOException {
    AdapterStore store = AdapterStore.create(location);
    store.createTenant("acme", Quota.NONE, ME);
    return store;
  }

  static PublishResult publish(AdapterStore store, int seed) throws IOException {
    return store.publish(PublishRequest.of(SUPPORT, adapter(seed, 0.9)), ME);
  }
}
