package dev.graft.export;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.prefix.PrefixConfig;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.module.DecoderInfo;
import java.util.List;
import java.util.Optional;

/** Whether the prefix of an adapter fits the decoder of a bundle. */
final class PrefixBinding {
  private PrefixBinding() {}

  /**
   * The adapter's keys and values by layer; none for an adapter of another type.
   *
   * @throws IncompatibleAdapterException if the bundle takes no prefix, or one of another shape
   */
  static List<PrefixLayer> layers(Manifest manifest, Adapter adapter) {
    List<PrefixLayer> layers = PrefixWeights.in(adapter);
    if (layers.isEmpty()) {
      return layers;
    }
    Optional<DecoderInfo> decoder = manifest.decoder();
    if (decoder.isEmpty()) {
      throw new IncompatibleAdapterException(
          "the adapter is of type %s, which only a decoder takes, and the bundle was exported for %s; export a decoder for %s"
              .formatted(
                  PrefixConfig.PEFT_TYPE, manifest.task().text(), Task.TEXT_GENERATION.text()));
    }
    if (!manifest.adapterTypes().contains(PrefixConfig.PEFT_TYPE)) {
      throw new IncompatibleAdapterException(
          "the adapter is of type %s, and the bundle takes %s; export the model again with --adapter-type that includes prefix"
              .formatted(PrefixConfig.PEFT_TYPE, manifest.adapterTypes()));
    }
    checkShape(layers, decoder.get());
    long virtual = layers.get(0).key().shape().get(1);
    if (virtual >= manifest.maxLength()) {
      throw new IncompatibleAdapterException(
          "the prefix has %d virtual tokens, and the bundle takes %d tokens in all; no text would fit behind it"
              .formatted(virtual, manifest.maxLength()));
    }
    return layers;
  }

  private static void checkShape(List<PrefixLayer> layers, DecoderInfo decoder) {
    List<Long> shape = layers.get(0).key().shape();
    boolean fits =
        layers.size() == decoder.layers()
            && shape.get(0) == decoder.kvHeads()
            && shape.get(2) == decoder.headDim();
    if (!fits) {
      throw new IncompatibleAdapterException(
          "the prefix has %d layers of %d key-value heads with %d features, the bundle's decoder has %d of %d with %d; the adapter belongs to a model of another size"
              .formatted(
                  layers.size(),
                  shape.get(0),
                  shape.get(2),
                  decoder.layers(),
                  decoder.kvHeads(),
                  decoder.headDim()));
    }
  }
}
