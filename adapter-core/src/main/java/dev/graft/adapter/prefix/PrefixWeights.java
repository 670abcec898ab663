package dev.graft.adapter.prefix;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.AdapterConfig;
import dev.graft.adapter.AdapterWeights;
import dev.graft.adapter.CanonicalDigest;
import java.util.List;

/**
 * The weights of a prefix: keys and values for each layer of the base.
 *
 * <p>A layer counts as idle when all its keys and values are zero. Such a layer is not without
 * effect: a key of zero has the score 0, so its token takes a share of the attention and gives
 * nothing for it. But no training leaves exact zeros; PEFT starts from them ({@code init_weights:
 * "zero"}), and damaged files have them.
 *
 * @param layers from the first layer to the last, all of one shape
 */
public record PrefixWeights(List<PrefixLayer> layers) implements AdapterWeights {

  /**
   * Check and copy.
   *
   * @throws IllegalArgumentException if there is no layer, or a layer has another shape than the
   *     first
   */
  public PrefixWeights {
    layers = List.copyOf(layers);
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("the prefix is empty: it has no layers");
    }
    List<Long> first = layers.get(0).key().shape();
    for (int i = 1; i < layers.size(); i++) {
      List<Long> shape = layers.get(i).key().shape();
      if (!shape.equals(first)) {
        throw new IllegalArgumentException(
            "layer %d of the prefix has shape %s, but layer 0 has %s".formatted(i, shape, first));
      }
    }
  }

  /** The layers of an adapter's prefix; none for an adapter of another type. */
  public static List<PrefixLayer> in(Adapter adapter) {
    return adapter.weights() instanceof PrefixWeights prefix ? prefix.layers() : List.of();
  }

  /** The configuration that says the shapes of these weights, for a decoder. */
  public PrefixConfig config() {
    List<Long> shape = layers.get(0).key().shape();
    return PrefixConfig.of(
        Math.toIntExact(shape.get(1)),
        layers.size(),
        Math.toIntExact(shape.get(0)),
        Math.toIntExact(shape.get(2)));
  }

  @Override
  public void check(AdapterConfig config) {
    if (!(config instanceof PrefixConfig prefix)) {
      throw new IllegalArgumentException(
          "a prefix needs a configuration of type %s, found %s"
              .formatted(PrefixConfig.PEFT_TYPE, config.peftType()));
    }
    List<Long> shape = layers.get(0).key().shape();
    if (layers.size() != prefix.layers() || !shape.equals(prefix.layerShape())) {
      throw new IllegalArgumentException(
          ("the prefix has %d layers of shape %s [kv_heads, virtual, head_dim], but the "
                  + "configuration says %d of %s")
              .formatted(layers.size(), shape, prefix.layers(), prefix.layerShape()));
    }
  }

  @Override
  public String partName() {
    return "layers";
  }

  @Override
  public int partCount() {
    return layers.size();
  }

  @Override
  public int idlePartCount() {
    return (int) layers.stream().filter(PrefixLayer::isZero).count();
  }

  @Override
  public String idleMeaning() {
    return "only zeros, which take attention from the text and give nothing for it";
  }

  @Override
  public boolean isFinite() {
    return layers.stream().allMatch(PrefixLayer::isFinite);
  }

  @Override
  public long valueCount() {
    return layers.stream()
        .mapToLong(layer -> layer.key().size() + (long) layer.value().size())
        .sum();
  }

  @Override
  public void addTo(CanonicalDigest digest, AdapterConfig config) {
    digest.number(layers.size());
    for (PrefixLayer layer : layers) {
      digest.tensor(layer.key());
      digest.tensor(layer.value());
    }
  }
}
