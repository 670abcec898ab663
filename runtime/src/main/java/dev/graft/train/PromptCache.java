package dev.graft.train;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.prefix.PrefixInit;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.export.BundleGraph;
import dev.graft.export.Manifest;
import dev.graft.module.DecoderInfo;
import dev.graft.module.DecoderSignature;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.RunResult;
import dev.graft.ort.SessionSettings;
import dev.graft.session.BundleSessions;
import dev.graft.session.FirstTokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** The keys and values that a decoder computes for a prompt. */
final class PromptCache {
  private PromptCache() {}

  static PrefixWeights of(
      Manifest manifest, int[] tokens, BundleSessions sessions, SessionSettings settings)
      throws IOException {
    if (tokens.length == 0 || tokens.length >= manifest.maxLength()) {
      throw new TrainingException(
          "the initial prompt has %d tokens, expected 1 to %d, fewer than the context"
              .formatted(tokens.length, manifest.maxLength() - 1));
    }
    DecoderInfo decoder = manifest.requireDecoder();
    List<String> outputs = new ArrayList<>();
    for (int layer = 0; layer < decoder.layers(); layer++) {
      outputs.add(DecoderSignature.presentKey(layer));
      outputs.add(DecoderSignature.presentValue(layer));
    }
    Map<String, NativeTensor> feeds = new HashMap<>();
    try (OrtModel model = sessions.open(BundleGraph.INFERENCE, Set.of(), outputs, settings)) {
      for (String input : model.inputNames()) {
        feeds.put(input, input(input, decoder, tokens));
      }
      try (RunResult result = model.run(feeds, outputs)) {
        return prefix(result, decoder, tokens.length);
      }
    } finally {
      feeds.values().forEach(NativeTensor::close);
    }
  }

  /** The tokens, cut or said again until there are as many as wanted. */
  static int[] ofLength(int[] tokens, OptionalInt wanted) {
    if (wanted.isEmpty() || tokens.length == 0) {
      return tokens;
    }
    int[] filled = new int[wanted.getAsInt()];
    for (int i = 0; i < filled.length; i++) {
      filled[i] = tokens[i % tokens.length];
    }
    return filled;
  }

  private static NativeTensor input(String name, DecoderInfo decoder, int[] tokens) {
    return FirstTokens.input(name, decoder, tokens)
        .orElseThrow(() -> new IllegalStateException("no values for '%s'".formatted(name)));
  }

  private static PrefixWeights prefix(RunResult result, DecoderInfo decoder, int length) {
    List<FloatTensor> keys = new ArrayList<>();
    List<FloatTensor> values = new ArrayList<>();
    List<Long> shape = List.of((long) decoder.kvHeads(), (long) length, (long) decoder.headDim());
    for (int layer = 0; layer < decoder.layers(); layer++) {
      keys.add(FloatTensor.wrap(shape, result.floats(DecoderSignature.presentKey(layer))));
      values.add(FloatTensor.wrap(shape, result.floats(DecoderSignature.presentValue(layer))));
    }
    return PrefixInit.fromCache(keys, values);
  }
}
