package dev.graft.onnx;

/**
 * An operator: domain and type.
 *
 * @param domain empty for the ONNX standard, {@code com.microsoft} for ONNX Runtime's own
 */
public record OpId(String domain, String type) {
  public static final String MICROSOFT = "com.microsoft";

  public OpId {
    domain = domain.equals("ai.onnx") ? "" : domain;
    if (type.isEmpty()) {
      throw new IllegalArgumentException("an operator needs a type");
    }
  }

  /** An operator of the ONNX standard. */
  public static OpId onnx(String type) {
    return new OpId("", type);
  }

  /** An operator that stock ONNX Runtime adds to the standard. */
  public static OpId microsoft(String type) {
    return new OpId(MICROSOFT, type);
  }

  /** Parses {@code Type} or {@code domain.with.dots.Type}. */
  public static OpId parse(String text) {
    int dot = text.lastIndexOf('.');
    return dot < 0 ? onnx(text) : new OpId(text.substring(0, dot), text.substring(dot + 1));
  }

  @Override
  public String toString() {
    return domain.isEmpty() ? type : domain + "." + type;
  }
}
