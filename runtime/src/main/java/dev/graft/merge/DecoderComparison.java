package dev.graft.merge;

import dev.graft.adapter.lora.LoraWeights;
import dev.graft.export.AdapterBinding;
import dev.graft.export.Bundle;
import dev.graft.export.BundleGraph;
import dev.graft.export.Slot;
import dev.graft.inject.LoraInjection;
import dev.graft.module.DecoderInfo;
import dev.graft.module.DecoderSignature;
import dev.graft.ort.ModelSource;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.OrtRuntime;
import dev.graft.ort.RunResult;
import dev.graft.ort.SessionSettings;
import dev.graft.session.BundleSessions;
import dev.graft.session.FirstTokens;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A merged decoder beside the adapter path: the logits after each text. */
final class DecoderComparison {
  private final Bundle bundle;
  private final AdapterBinding binding;
  private final DecoderInfo decoder;

  private DecoderComparison(Bundle bundle, AdapterBinding binding) {
    this.bundle = bundle;
    this.binding = binding;
    this.decoder = bundle.manifest().requireDecoder();
  }

  /** Runs both on every text. */
  static Comparison of(Bundle bundle, AdapterBinding binding, Path model, List<String> texts)
      throws IOException {
    return new DecoderComparison(bundle, binding).run(model, texts);
  }

  private Comparison run(Path file, List<String> texts) throws IOException {
    Set<String> modules =
        binding.slots().keySet().stream().map(Slot::module).collect(Collectors.toSet());
    SessionSettings settings = SessionSettings.defaults().withPrepacking(false);
    double largest = 0;
    int changes = 0;
    try (BundleSessions sessions = BundleSessions.of(bundle);
        TextTokenizer tokenizer = TextTokenizer.open(bundle.tokenizer());
        OrtModel adapted =
            sessions.open(
                BundleGraph.INFERENCE, modules, List.of(DecoderSignature.LOGITS), settings);
        OrtModel merged = OrtRuntime.open(ModelSource.file(file), settings)) {
      for (String text : texts) {
        int[] ids = tokenizer.tokenize(text, true).ids();
        ids = Arrays.copyOf(ids, Math.min(ids.length, bundle.manifest().maxLength()));
        float[] expected = last(adapted, ids);
        float[] actual = last(merged, ids);
        largest = Math.max(largest, Comparison.difference(actual, expected));
        changes += Comparison.argMax(actual) == Comparison.argMax(expected) ? 0 : 1;
      }
    }
    return new Comparison(Map.of(DecoderSignature.LOGITS, largest), texts.size(), changes);
  }

  /** The logits of the last token. */
  private float[] last(OrtModel model, int[] ids) {
    Map<String, NativeTensor> feeds = new HashMap<>();
    try {
      for (String input : model.inputNames()) {
        feeds.put(input, input(input, ids));
      }
      try (RunResult result = model.run(feeds, List.of(DecoderSignature.LOGITS))) {
        float[] logits = result.floats(DecoderSignature.LOGITS);
        int vocabulary = Math.toIntExact(decoder.vocabSize());
        return Arrays.copyOfRange(logits, logits.length - vocabulary, logits.length);
      }
    } finally {
      feeds.values().forEach(NativeTensor::close);
    }
  }

  private NativeTensor input(String name, int[] ids) {
    return name.equals(LoraInjection.ADAPTER_INDEX)
        ? NativeTensor.of(new long[] {0}, 1)
        : FirstTokens.input(name, decoder, ids).orElseGet(() -> factor(name));
  }

  /** A factor as the stacked graph takes it: transposed, with the scale in B. */
  private NativeTensor factor(String input) {
    for (Map.Entry<Slot, LoraWeights> entry : binding.slots().entrySet()) {
      Slot slot = entry.getKey();
      LoraWeights weights = entry.getValue();
      if (slot.a().equals(input)) {
        return NativeTensor.of(weights.a().transposed().toArray(), 1, slot.in(), weights.rank());
      }
      if (slot.b().equals(input)) {
        float[] scaled = weights.b().scaled(binding.scaleOf(slot)).transposed().toArray();
        return NativeTensor.of(scaled, 1, weights.rank(), slot.out());
      }
    }
    throw new IllegalStateException("no values for the input '%s'".formatted(input));
  }
}
