package dev.graft.inject;

/**
 * The graph inputs of a trainable prefix: keys and values of virtual tokens, float {@code [heads,
 * virtual, features]} per layer.
 */
public final class PrefixInputs {
  private PrefixInputs() {}

  /** The keys of a layer. */
  public static String key(int layer) {
    return "prefix.%d.key".formatted(layer);
  }

  /** The values of a layer. */
  public static String value(int layer) {
    return "prefix.%d.value".formatted(layer);
  }
}
