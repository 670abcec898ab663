package dev.graft.ort;

import ai.onnxruntime.OnnxJavaType;

/** The element types that tensors of a run may have, by their ONNX names. */
public enum ElementType {
  FLOAT(4, OnnxJavaType.FLOAT),
  DOUBLE(8, OnnxJavaType.DOUBLE),
  FLOAT16(2, OnnxJavaType.FLOAT16),
  BFLOAT16(2, OnnxJavaType.BFLOAT16),
  INT8(1, OnnxJavaType.INT8),
  UINT8(1, OnnxJavaType.UINT8),
  INT32(4, OnnxJavaType.INT32),
  INT64(8, OnnxJavaType.INT64),
  BOOL(1, OnnxJavaType.BOOL);

  private final int bytes;
  private final OnnxJavaType nativeType;

  ElementType(int bytes, OnnxJavaType nativeType) {
    this.bytes = bytes;
    this.nativeType = nativeType;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  OnnxJavaType nativeType() {
    return nativeType;
  }

  static ElementType of(OnnxJavaType nativeType, String owner) {
    for (ElementType type : values()) {
      if (type.nativeType == nativeType) {
        return type;
      }
    }
    throw new OrtFailure(
        "%s has element type %s, which Graft cannot pass to a run".formatted(owner, nativeType));
  }
}
