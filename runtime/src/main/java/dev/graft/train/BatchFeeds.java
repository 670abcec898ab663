package dev.graft.train;

import dev.graft.data.Batch;
import dev.graft.ort.ElementType;
import dev.graft.ort.NativeTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The tensors of one batch after the other, in the same native memory, which grows with the largest
 * batch seen. For one thread.
 */
final class BatchFeeds implements AutoCloseable {
  static final String IDS = "input_ids";
  static final String MASK = "attention_mask";
  static final String TYPE_IDS = "token_type_ids";
  static final String LABELS = "labels";
  static final String CLASS_WEIGHTS = "class_weights";
  static final String LABEL_SMOOTHING = "label_smoothing";
  static final String LOSS_SCALE = "loss_scale";

  private final boolean typeIds;
  private final NativeTensor classWeights;
  private final NativeTensor labelSmoothing;
  private final NativeTensor lossScale;
  private final Map<String, ByteBuffer> memory = new HashMap<>();
  private final Map<String, NativeTensor> current = new HashMap<>();

  /**
   * Make the tensors that stay.
   *
   * @param baseInputs the inputs of the base model
   */
  BatchFeeds(List<String> baseInputs, float[] classWeights, double labelSmoothing) {
    this.typeIds = baseInputs.contains(TYPE_IDS);
    this.classWeights = NativeTensor.of(classWeights, classWeights.length);
    this.labelSmoothing = NativeTensor.of(new float[] {(float) labelSmoothing});
    this.lossScale = NativeTensor.floats();
  }

  /**
   * Fill in a batch; what an earlier call returned must not be used any more.
   *
   * @param lossScale factor of the summed loss
   */
  Map<String, NativeTensor> fill(Batch batch, double lossScale) {
    release();
    int rows = batch.size();
    int length = batch.length();
    put(IDS, batch.ids(), rows, length);
    put(MASK, batch.mask(), rows, length);
    if (typeIds) {
      put(TYPE_IDS, batch.typeIds(), rows, length);
    }
    long[] labels = new long[rows];
    for (int row = 0; row < rows; row++) {
      labels[row] = batch.labels()[row];
    }
    put(LABELS, labels, rows);
    this.lossScale.floatBuffer().put(0, (float) lossScale);
    Map<String, NativeTensor> feeds = new HashMap<>(current);
    feeds.put(CLASS_WEIGHTS, classWeights);
    feeds.put(LABEL_SMOOTHING, labelSmoothing);
    feeds.put(LOSS_SCALE, this.lossScale);
    return feeds;
  }

  private void put(String name, long[] values, long... shape) {
    int bytes = Math.multiplyExact(values.length, Long.BYTES);
    ByteBuffer buffer = memory.get(name);
    if (buffer == null || buffer.capacity() < bytes) {
      buffer = ByteBuffer.allocateDirect(bytes);
      memory.put(name, buffer);
    }
    ByteBuffer part = buffer.slice(0, bytes).order(ByteOrder.nativeOrder());
    part.asLongBuffer().put(values);
    current.put(name, NativeTensor.wrap(part, ElementType.INT64, shape));
  }

  private void release() {
    current.values().forEach(NativeTensor::close);
    current.clear();
  }

  @Override
  public void close() {
    release();
    classWeights.close();
    labelSmoothing.close();
    lossScale.close();
  }
}
