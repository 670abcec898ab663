package dev.graft.checkpoint;

import dev.graft.adapter.format.SafetensorsEntry;
import dev.graft.adapter.format.TensorDtype;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import dev.graft.onnx.TensorData.FileRegion;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor of a checkpoint.
 *
 * @param name its name in the checkpoint
 * @param file the safetensors file that holds it
 */
public record StoredTensor(
    String name, TensorDtype dtype, List<Long> shape, Path file, long offset, long lengthBytes) {

  public StoredTensor {
    shape = List.copyOf(shape);
  }

  static StoredTensor of(Path file, SafetensorsEntry entry) {
    return new StoredTensor(
        entry.name(), entry.dtype(), entry.shape(), file, entry.offset(), entry.lengthBytes());
  }

  /**
   * This tensor as floats. Nothing is read now: the file is read, and what it stores in 16 bits is
   * widened, whenever somebody asks for the content.
   *
   * @throws CheckpointException if it holds no floats, or more than one tensor can
   */
  public Tensor floats() throws CheckpointException {
    if (!dtype.isAdapterType()) {
      throw new CheckpointException(
          file,
          "tensor '%s' is %s; weights are F32, F16 or BF16, so store the model in one of them"
              .formatted(name, dtype));
    }
    // Widening doubles a length that lies inside a file, so this cannot overflow.
    long size = dtype == TensorDtype.F32 ? lengthBytes : 2 * lengthBytes;
    if (size > Integer.MAX_VALUE) {
      throw new CheckpointException(
          file,
          "tensor '%s' of shape %s takes %d bytes as floats; one tensor holds at most %d bytes, so this model is too large for now"
              .formatted(name, shape, size, Integer.MAX_VALUE));
    }
    return new Tensor(ElementType.FLOAT, shape, data());
  }

  /** Whether both have one dtype, shape and content, which is read for this. */
  public boolean sameContent(StoredTensor other) throws CheckpointException {
    floats();
    other.floats();
    return dtype == other.dtype
        && shape.equals(other.shape)
        && stored().bytes().equals(other.stored().bytes());
  }

  private FileRegion stored() {
    return new FileRegion(file, offset, lengthBytes);
  }

  private TensorData data() {
    FileRegion stored = stored();
    return switch (dtype) {
      case F16 -> new TensorData.Widened(stored, ElementType.FLOAT16);
      case BF16 -> new TensorData.Widened(stored, ElementType.BFLOAT16);
      default -> stored;
    };
  }
}
