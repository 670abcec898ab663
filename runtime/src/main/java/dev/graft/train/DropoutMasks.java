package dev.graft.train;

import dev.graft.adapter.SeededRandom;
import dev.graft.inject.CausalLmLoss;
import dev.graft.inject.LoraDropout;
import dev.graft.ort.ElementType;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What dropout keeps of the inputs of LoRA modules, drawn anew for every module, pass over the
 * data, text, token and feature.
 *
 * <p>A mask is a function of these and the seed. There is no state to be saved, a resumed run drops
 * what the uninterrupted one would have dropped, and so does a run whose batches are split or
 * packed in another way. Holds the native memory of the masks, which grows with the largest run
 * seen; for one thread.
 */
final class DropoutMasks implements AutoCloseable {
  private static final int CELLS_RANK = 3;
  private static final int PICKED_RANK = 2;

  private final List<Slot> slots;
  private final long threshold;
  private final Map<String, ByteBuffer> memory = new HashMap<>();
  private final List<NativeTensor> current = new ArrayList<>();

  /** An input of the training graph, and whether its rows are all cells or the picked ones. */
  private record Slot(String input, int features, boolean picked, long key) {}

  private DropoutMasks(List<Slot> slots, long threshold) {
    this.slots = List.copyOf(slots);
    this.threshold = threshold;
  }

  /**
   * Masks for the inputs of a training graph that ask for them.
   *
   * @param probability that a feature is dropped, in [0, 1), to 32 bits
   */
  static DropoutMasks of(List<TensorSpec> inputs, double probability, long seed) {
    Map<String, TensorSpec> byName = new HashMap<>();
    inputs.forEach(spec -> byName.put(spec.name(), spec));
    TensorSpec rows = byName.getOrDefault(CausalLmLoss.LABEL_POSITIONS, byName.get(BatchFeeds.IDS));
    String pickedRows = rows == null ? "" : rows.dimensionNames().get(0);
    List<Slot> slots = new ArrayList<>();
    for (TensorSpec spec : inputs) {
      Optional<String> module = LoraDropout.moduleOf(spec.name());
      if (module.isPresent()) {
        slots.add(slot(spec, pickedRows, SeededRandom.of(seed, "dropout " + module.get()).bits()));
      }
    }
    return new DropoutMasks(slots, Math.round(probability * 0x1p32));
  }

  private static Slot slot(TensorSpec spec, String pickedRows, long key) {
    int rank = spec.shape().size();
    boolean picked = rank == PICKED_RANK && spec.dimensionNames().get(0).equals(pickedRows);
    if (rank != CELLS_RANK && !picked) {
      throw new IllegalStateException(
          "\"%s\" has shape %s, expected [batch, tokens, features] or [%s, features]: which tokens its rows are is not known"
              .formatted(spec.name(), spec.shapeText(), pickedRows));
    }
    return new Slot(spec.name(), Math.toIntExact(spec.shape().get(rank - 1)), picked, key);
  }

  /** Whether nothing is dropped. */
  boolean isEmpty() {
    return slots.isEmpty();
  }

  /** The masks of a run; what an earlier call returned must not be used any more. */
  Map<String, NativeTensor> of(RunTokens tokens) {
    release();
    Map<String, NativeTensor> masks = new HashMap<>();
    for (Slot slot : slots) {
      long[] keys = slot.picked() ? tokens.picked() : tokens.cells();
      ByteBuffer bytes = room(slot.input(), Math.multiplyExact(keys.length, slot.features()));
      fill(bytes, slot, keys);
      NativeTensor mask =
          slot.picked()
              ? NativeTensor.wrap(bytes, ElementType.BOOL, keys.length, slot.features())
              : NativeTensor.wrap(
                  bytes, ElementType.BOOL, tokens.rows(), tokens.length(), slot.features());
      current.add(mask);
      masks.put(slot.input(), mask);
    }
    return masks;
  }

  private void fill(ByteBuffer bytes, Slot slot, long... keys) {
    byte[] row = new byte[slot.features()];
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] == RunTokens.NONE) {
        Arrays.fill(row, (byte) 1);
      } else {
        draw(row, SeededRandom.mix(slot.key() + keys[i]), threshold);
      }
      bytes.put(i * row.length, row);
    }
  }

  /** Fills in 1 or 0 by comparing 32 random bits each with a threshold, without branches. */
  private static void draw(byte[] row, long start, long threshold) {
    long state = start;
    int even = row.length & ~1;
    for (int i = 0; i < even; i += 2) {
      state += SeededRandom.GAMMA;
      long random = SeededRandom.mix(state);
      row[i] = keeps(random & 0xFFFFFFFFL, threshold);
      row[i + 1] = keeps(random >>> 32, threshold);
    }
    if (even < row.length) {
      row[even] = keeps(SeededRandom.mix(state + SeededRandom.GAMMA) >>> 32, threshold);
    }
  }

  /** 1 if the number is at least the threshold; both have 33 bits at most. */
  private static byte keeps(long number, long threshold) {
    return (byte) (1 ^ ((number - threshold) >>> 63));
  }

  private ByteBuffer room(String input, int bytes) {
    ByteBuffer buffer = memory.get(input);
    if (buffer == null || buffer.capacity() < bytes) {
      buffer = ByteBuffer.allocateDirect(bytes);
      memory.put(input, buffer);
    }
    return buffer.slice(0, bytes).order(ByteOrder.nativeOrder());
  }

  private void release() {
    current.forEach(NativeTensor::close);
    current.clear();
  }

  @Override
  public void close() {
    release();
  }
}
