package dev.graft.inject;

import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData.FileRegion;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The quantized weights of one base model, each made once, whatever graphs use it.
 *
 * <p>A weight that is used in both directions lies here twice, once for each: in the product of a
 * row with the matrix the bytes are read along its columns, and in the product that carries the
 * gradient along its rows. Threads may share it.
 */
public final class QuantizedWeights {
  private final Map<Place, QuantizedMatrix> made = new HashMap<>();
  private final Set<Tensor> kept = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Which part of which file, and in which direction. */
  private record Place(FileRegion region, boolean turned) {}

  /**
   * The matrix, made now if it is not yet here. Only weights in files are kept: other graphs would
   * not recognise those in memory.
   */
  synchronized QuantizedMatrix matrix(Tensor weight, boolean turned) {
    if (!(weight.data() instanceof FileRegion region)) {
      return QuantizedMatrix.of(weight, turned);
    }
    QuantizedMatrix matrix =
        made.computeIfAbsent(
            new Place(region, turned), place -> QuantizedMatrix.of(weight, turned));
    kept.add(matrix.bytes());
    return matrix;
  }

  /**
   * Whether a tensor is one that is kept here, in memory outside of the Java heap, and so can be
   * used where it lies.
   */
  public synchronized boolean holds(Tensor tensor) {
    return kept.contains(tensor);
  }
}
