package dev.graft.onnx;

import java.util.Arrays;

/**
 * What a file said about an element beyond what the graph model knows: fields of newer ONNX
 * versions, documentation strings, training information. Kept as encoded protobuf fields, so that
 * writing a model back loses nothing.
 */
public final class Extras {
  public static final Extras NONE = new Extras(new byte[0]);

  private final byte[] encoded;

  private Extras(byte[] encoded) {
    this.encoded = encoded;
  }

  /** Wraps encoded protobuf fields. */
  public static Extras of(byte[] encoded) {
    return encoded.length == 0 ? NONE : new Extras(encoded.clone());
  }

  public boolean isEmpty() {
    return encoded.length == 0;
  }

  public byte[] encoded() {
    return encoded.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Extras e && Arrays.equals(encoded, e.encoded);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(encoded);
  }

  @Override
  public String toString() {
    return "Extras[%d bytes]".formatted(encoded.length);
  }
}
