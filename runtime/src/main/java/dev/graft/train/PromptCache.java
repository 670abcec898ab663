package dev.graft.train;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.prefix.PrefixInit;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.export.BundleGraph;
import dev.graft.export.Manifest;
import dev.graft.inject.GenerationGraphs;
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
import java.util.stream.LongStream;

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

  private static NativeTensor input(String name, DecoderInfo decoder, int[] tokens) {
    long length = tokens.length;
    return switch (name) {
      case DecoderSignature.INPUT_IDS ->
          NativeTensor.of(Arrays.stream(tokens).asLongStream().toArray(), 1, length);
      case DecoderSignature.ATTENTION_MASK ->
          NativeTensor.of(LongStream.generate(() -> 1).limit(length).toArray(), 1, length);
      case DecoderSignature.POSITION_IDS ->
          NativeTensor.of(LongStream.range(0, length).toArray(), 1, length);
      case GenerationGraphs.LAST_TOKEN -> NativeTensor.of(new long[] {length - 1}, 1);
      default -> NativeTensor.floats(1, decoder.kvHeads(), 0, decoder.headDim());
    };
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
