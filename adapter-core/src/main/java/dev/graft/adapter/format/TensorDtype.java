package dev.graft.adapter.format;

import java.util.Arrays;
import java.util.Optional;

/** Element types of safetensors files, by their names there. */
public enum TensorDtype {
  BOOL(1),
  U8(1),
  I8(1),
  F8_E5M2(1),
  F8_E4M3(1),
  I16(2),
  U16(2),
  F16(2),
  BF16(2),
  I32(4),
  U32(4),
  F32(4),
  F64(8),
  I64(8),
  U64(8);

  private final int sizeBytes;

  TensorDtype(int sizeBytes) {
    this.sizeBytes = sizeBytes;
  }

  /** Bytes of one element. */
  public int sizeBytes() {
    return sizeBytes;
  }

  /** Whether adapters may be stored in this type: F32, F16 or BF16. */
  public boolean isAdapterType() {
    return this == F32 || this == F16 || this == BF16;
  }

  static Optional<TensorDtype> named(String name) {
    return Arrays.stream(values()).filter(dtype -> dtype.name().equals(name)).findFirst();
  }
}
