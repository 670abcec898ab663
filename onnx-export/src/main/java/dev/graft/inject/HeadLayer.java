package dev.graft.inject;

/**
 * A linear layer of a head: {@code y = f(x W + b)}.
 *
 * <p>Its graph inputs are {@code W}, float {@code [in, out]}, which is the transpose of PEFT's
 * tensor, and {@code b}, float {@code [out]}; in a graph for several adapters both have a leading
 * axis for them.
 *
 * @param module its path in a model that has this head, such as {@code classifier.dense}
 */
public record HeadLayer(String module, HeadActivation activation) {
  public HeadLayer {
    if (module.isBlank()) {
      throw new IllegalArgumentException("a layer of a head has no name");
    }
  }

  /** A layer without an activation. */
  public static HeadLayer linear(String module) {
    return new HeadLayer(module, HeadActivation.NONE);
  }

  /** The name of the weight, in graphs and in PEFT's files. */
  public String weight() {
    return module + ".weight";
  }

  /** The name of the bias, in graphs and in PEFT's files. */
  public String bias() {
    return module + ".bias";
  }
}
