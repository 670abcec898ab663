package dev.graft.infer;

/** The vector of one text. */
public final class Embedding {
  private final float[] values;
  private final String adapter;
  private final String adapterDigest;
  private final boolean truncated;

  Embedding(float[] values, String adapter, String adapterDigest, boolean truncated) {
    this.values = values;
    this.adapter = adapter;
    this.adapterDigest = adapterDigest;
    this.truncated = truncated;
  }

  /** The vector, {@code H} floats; a copy. */
  public float[] values() {
    return values.clone();
  }

  /** The name the request gave; empty for the base. */
  public String adapter() {
    return adapter;
  }

  /** The content of the adapter that computed the answer; empty for the base. */
  public String adapterDigest() {
    return adapterDigest;
  }

  /** Whether tokens beyond the longest input were left out. */
  public boolean truncated() {
    return truncated;
  }
}
