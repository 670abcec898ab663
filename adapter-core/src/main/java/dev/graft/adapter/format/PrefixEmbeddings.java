package dev.graft.adapter.format;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.prefix.PrefixConfig;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.adapter.prefix.PrefixWeights;
import java.util.ArrayList;
import java.util.List;

/**
 * PEFT's single tensor of a prefix, {@code prompt_embeddings [virtual, layers * 2 * token_dim]}.
 *
 * <p>A row holds all that stands for one virtual token: for each layer its key and then its value,
 * each head after head. So the value of {@code [head, token, i]} of layer {@code n} stands in row
 * {@code token} at {@code ((2 * n + k) * kv_heads + head) * head_dim + i}, with {@code k} 0 for
 * keys and 1 for values.
 */
final class PrefixEmbeddings {
  private PrefixEmbeddings() {}

  /** The shape that the configuration demands. */
  static List<Long> shape(PrefixConfig config) {
    return List.of((long) config.virtualTokens(), 2L * config.layers() * config.tokenDim());
  }

  /** Take the tensor apart; its shape is {@link #shape}. */
  static PrefixWeights split(FloatTensor embeddings, PrefixConfig config) {
    float[] rows = embeddings.toArray();
    List<PrefixLayer> layers = new ArrayList<>();
    for (int n = 0; n < config.layers(); n++) {
      layers.add(new PrefixLayer(part(rows, config, 2 * n), part(rows, config, 2 * n + 1)));
    }
    return new PrefixWeights(layers);
  }

  private static FloatTensor part(float[] rows, PrefixConfig config, int part) {
    float[] values = new float[config.tokenDim() * config.virtualTokens()];
    for (int head = 0; head < config.kvHeads(); head++) {
      for (int token = 0; token < config.virtualTokens(); token++) {
        System.arraycopy(
            rows,
            inRow(config, part, head, token),
            values,
            (head * config.virtualTokens() + token) * config.headDim(),
            config.headDim());
      }
    }
    return FloatTensor.wrap(config.layerShape(), values);
  }

  private static int inRow(PrefixConfig config, int part, int head, int token) {
    int row = 2 * config.layers() * config.tokenDim();
    return token * row + (part * config.kvHeads() + head) * config.headDim();
  }

  /** Put the layers together again. */
  static FloatTensor join(PrefixWeights weights, PrefixConfig config) {
    float[] rows = new float[Math.toIntExact(weights.valueCount())];
    for (int n = 0; n < config.layers(); n++) {
      PrefixLayer layer = weights.layers().get(n);
      place(layer.key(), rows, config, 2 * n);
      place(layer.value(), rows, config, 2 * n + 1);
    }
    return FloatTensor.wrap(shape(config), rows);
  }

  private static void place(FloatTensor tensor, float[] rows, PrefixConfig config, int part) {
    float[] values = tensor.toArray();
    for (int head = 0; head < config.kvHeads(); head++) {
      for (int token = 0; token < config.virtualTokens(); token++) {
        System.arraycopy(
            values,
            (head * config.virtualTokens() + token) * config.headDim(),
            rows,
            inRow(config, part, head, token),
            config.headDim());
      }
    }
  }
}
