package dev.graft.adapter.prefix;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.SeededRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * Initial values of a prefix.
 *
 * <p>Random ones are distributed as PEFT's: every key and value is standard normal, as PyTorch
 * fills an embedding. Real keys and values are much smaller in most models, so a random prefix
 * begins with a loss far above the base's; starting from the keys and values of a prompt begins
 * where that prompt stands.
 */
public final class PrefixInit {
  private PrefixInit() {}

  /**
   * Make random keys and values. They depend on the seed, the number of the layer and the shape
   * alone; they are not the values that PyTorch draws from the same seed.
   *
   * @param config the shape
   * @param seed any number; the same number gives the same values
   */
  public static PrefixWeights random(PrefixConfig config, long seed) {
    List<PrefixLayer> layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      layers.add(
          new PrefixLayer(
              normal(config, seed, "prefix.%d.key".formatted(i)),
              normal(config, seed, "prefix.%d.value".formatted(i))));
    }
    return new PrefixWeights(layers);
  }

  private static FloatTensor normal(PrefixConfig config, long seed, String part) {
    SeededRandom random = SeededRandom.of(seed, part);
    float[] values = new float[config.tokenDim() * config.virtualTokens()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.normal();
    }
    return FloatTensor.wrap(config.layerShape(), values);
  }

  /**
   * Start from the keys and values that the base computed for a prompt, one token of the prompt for
   * each virtual token, at the positions from 0.
   *
   * @param keys per layer {@code [1, kv_heads, virtual, head_dim]}, or without the first dimension
   * @param values per layer, of the same shape as the keys
   * @throws IllegalArgumentException if there are not as many keys as values, there are none, or
   *     the shapes do not fit
   */
  public static PrefixWeights fromCache(List<FloatTensor> keys, List<FloatTensor> values) {
    if (keys.size() != values.size()) {
      throw new IllegalArgumentException(
          "a prompt's cache needs keys and values for each layer, found %d and %d"
              .formatted(keys.size(), values.size()));
    }
    List<PrefixLayer> layers = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      layers.add(new PrefixLayer(oneRow(keys.get(i)), oneRow(values.get(i))));
    }
    return new PrefixWeights(layers);
  }

  private static FloatTensor oneRow(FloatTensor tensor) {
    List<Long> shape = tensor.shape();
    if (shape.size() != 4) {
      return tensor;
    }
    if (shape.get(0) != 1) {
      throw new IllegalArgumentException(
          "a prefix starts from the cache of one prompt, found shape %s with %d rows"
              .formatted(shape, shape.get(0)));
    }
    return FloatTensor.wrap(shape.subList(1, 4), tensor.toArray());
  }
}
