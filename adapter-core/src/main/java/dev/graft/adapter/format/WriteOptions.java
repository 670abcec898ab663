package dev.graft.adapter.format;

/**
 * How an adapter is written.
 *
 * @param dtype F32, F16 or BF16
 * @param replace whether an existing file or directory of that name may be replaced
 */
public record WriteOptions(TensorDtype dtype, boolean replace) {
  /**
   * Check the type.
   *
   * @throws IllegalArgumentException if it is not F32, F16 or BF16
   */
  public WriteOptions {
    if (!dtype.isAdapterType()) {
      throw new IllegalArgumentException(
          "adapters are written as F32, F16 or BF16, not as " + dtype);
    }
  }

  /** F32, and nothing is replaced. */
  public static WriteOptions defaults() {
    return new WriteOptions(TensorDtype.F32, false);
  }

  /** These options with another type. */
  public WriteOptions withDtype(TensorDtype other) {
    return new WriteOptions(other, replace);
  }

  /** These options, with permission to replace what exists. */
  public WriteOptions replacing() {
    return new WriteOptions(dtype, true);
  }
}
