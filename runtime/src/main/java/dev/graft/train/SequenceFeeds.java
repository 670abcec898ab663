package dev.graft.train;

import dev.graft.data.SequenceBatch;
import dev.graft.inject.CausalLmLoss;
import dev.graft.module.DecoderSignature;
import dev.graft.ort.ElementType;
import dev.graft.ort.NativeTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The tensors of one batch of sequences after the other, in the same native memory, which grows
 * with the largest batch seen. For one thread.
 */
final class SequenceFeeds implements AutoCloseable {
  /** In the attention mask: seen by every token of the row, whatever its segment. */
  private static final long SEEN_BY_ALL = -1;

  private final List<String> baseInputs;
  private final int virtualTokens;
  private final NativeTensor lossScale = NativeTensor.floats();
  private final Map<String, ByteBuffer> memory = new HashMap<>();
  private final Map<String, NativeTensor> current = new HashMap<>();

  /**
   * Make the tensors that stay.
   *
   * @param baseInputs the inputs of the base model
   * @param virtualTokens the length of the prefix in front of every row; 0 without
   */
  SequenceFeeds(List<String> baseInputs, int virtualTokens) {
    this.baseInputs = List.copyOf(baseInputs);
    this.virtualTokens = virtualTokens;
  }

  /**
   * Fill in a batch; what an earlier call returned must not be used any more.
   *
   * @param scale factor of the summed loss
   */
  Map<String, NativeTensor> fill(SequenceBatch batch, double scale) {
    release();
    long rows = batch.size();
    long length = batch.length();
    put(DecoderSignature.INPUT_IDS, batch.ids(), rows, length);
    put(DecoderSignature.ATTENTION_MASK, mask(batch), rows, virtualTokens + length);
    if (baseInputs.contains(DecoderSignature.POSITION_IDS)) {
      put(DecoderSignature.POSITION_IDS, positions(batch), rows, length);
    }
    long labels = batch.labels().length;
    put(CausalLmLoss.LABEL_POSITIONS, batch.labelPositions(), labels);
    put(CausalLmLoss.LABELS, batch.labels(), labels);
    ByteBuffer weights = room(CausalLmLoss.LABEL_WEIGHTS, batch.labels().length, Float.BYTES);
    weights.asFloatBuffer().put(batch.labelWeights());
    current.put(CausalLmLoss.LABEL_WEIGHTS, NativeTensor.wrap(weights, ElementType.FLOAT, labels));
    lossScale.floatBuffer().put(0, (float) scale);
    Map<String, NativeTensor> feeds = new HashMap<>(current);
    feeds.put(CausalLmLoss.LOSS_SCALE, lossScale);
    return feeds;
  }

  private long[] mask(SequenceBatch batch) {
    if (virtualTokens == 0) {
      return batch.mask();
    }
    int length = batch.length();
    int total = virtualTokens + length;
    long[] mask = new long[Math.multiplyExact(batch.size(), total)];
    for (int row = 0; row < batch.size(); row++) {
      Arrays.fill(mask, row * total, row * total + virtualTokens, SEEN_BY_ALL);
      System.arraycopy(batch.mask(), row * length, mask, row * total + virtualTokens, length);
    }
    return mask;
  }

  /** Texts begin behind the prefix. */
  private long[] positions(SequenceBatch batch) {
    return virtualTokens == 0
        ? batch.positions()
        : Arrays.stream(batch.positions()).map(p -> p + virtualTokens).toArray();
  }

  private void put(String name, long[] values, long... shape) {
    ByteBuffer part = room(name, values.length, Long.BYTES);
    part.asLongBuffer().put(values);
    current.put(name, NativeTensor.wrap(part, ElementType.INT64, shape));
  }

  private ByteBuffer room(String name, int count, int size) {
    int bytes = Math.multiplyExact(count, size);
    ByteBuffer buffer = memory.get(name);
    if (buffer == null || buffer.capacity() < bytes) {
      buffer = ByteBuffer.allocateDirect(bytes);
      memory.put(name, buffer);
    }
    return buffer.slice(0, bytes).order(ByteOrder.nativeOrder());
  }

  private void release() {
    current.values().forEach(NativeTensor::close);
    current.clear();
  }

  @Override
  public void close() {
    release();
    lossScale.close();
  }
}
