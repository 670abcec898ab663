package dev.graft.infer;

import dev.graft.adapter.lora.LoraWeights;
import dev.graft.export.AdapterBinding;
import dev.graft.export.Slot;
import dev.graft.inject.ClassificationHead;
import dev.graft.ort.NativeTensor;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An adapter in native memory, in the form of a stack of one. Immutable but for the count of its
 * users; the last one to release it frees the memory.
 *
 * <p>The engine's table is one user, every request in flight that uses the adapter another.
 */
final class ResidentAdapter {
  private final String digest;
  private final List<String> labels;
  private final Map<String, NativeTensor> tensors;
  private final Set<String> modules;
  private final AtomicInteger users = new AtomicInteger(1);

  private ResidentAdapter(
      String digest, List<String> labels, Map<String, NativeTensor> tensors, Set<String> modules) {
    this.digest = digest;
    this.labels = labels;
    this.tensors = tensors;
    this.modules = modules;
  }

  /** Copies a bound adapter into native memory, turned and scaled as the graphs take it. */
  static ResidentAdapter of(AdapterBinding binding) {
    Map<String, NativeTensor> tensors = new HashMap<>();
    boolean complete = false;
    try {
      for (Map.Entry<Slot, LoraWeights> entry : binding.slots().entrySet()) {
        Slot slot = entry.getKey();
        LoraWeights weights = entry.getValue();
        tensors.put(slot.a(), turned(weights.a().buffer(), weights.rank(), weights.in()));
        tensors.put(
            slot.b(),
            turned(
                weights.b().scaled(binding.scaleOf(slot)).buffer(), weights.out(), weights.rank()));
      }
      binding
          .head()
          .ifPresent(
              head -> {
                int count = head.labels().size();
                int hidden = head.weight().size() / count;
                tensors.put(
                    ClassificationHead.WEIGHT, turned(head.weight().buffer(), count, hidden));
                tensors.put(
                    ClassificationHead.BIAS, NativeTensor.of(head.bias().toArray(), 1, count));
              });
      complete = true;
    } finally {
      if (!complete) {
        tensors.values().forEach(NativeTensor::close);
      }
    }
    Set<String> modules = new HashSet<>();
    binding.slots().keySet().forEach(slot -> modules.add(slot.module()));
    List<String> labels = binding.head().map(AdapterBinding.Head::labels).orElse(List.of());
    return new ResidentAdapter(
        binding.adapter().digest(),
        labels,
        Collections.unmodifiableMap(new LinkedHashMap<>(tensors)),
        Set.copyOf(modules));
  }

  /** A {@code [rows, columns]} matrix as {@code [1, columns, rows]}. */
  private static NativeTensor turned(FloatBuffer from, int rows, int columns) {
    NativeTensor to = NativeTensor.floats(1, columns, rows);
    FloatBuffer out = to.floatBuffer();
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        out.put(column * rows + row, from.get(row * columns + column));
      }
    }
    return to;
  }

  /** Becomes a user, unless the memory is freed already. */
  boolean tryAcquire() {
    int count = users.get();
    while (count > 0) {
      if (users.compareAndSet(count, count + 1)) {
        return true;
      }
      count = users.get();
    }
    return false;
  }

  void release() {
    int left = users.decrementAndGet();
    if (left == 0) {
      new ArrayList<>(tensors.values()).forEach(NativeTensor::close);
    } else if (left < 0) {
      throw new IllegalStateException("adapter %s was released too often".formatted(digest));
    }
  }

  String digest() {
    return digest;
  }

  /** The labels of the head; empty without one. */
  List<String> labels() {
    return labels;
  }

  int labelCount() {
    return labels.size();
  }

  /** The modules this adapter changes. */
  Set<String> modules() {
    return modules;
  }

  /** The tensors by graph input, each with a leading axis of 1. */
  Map<String, NativeTensor> tensors() {
    return tensors;
  }

  /** Bytes of native memory. */
  long sizeBytes() {
    return tensors.values().stream().mapToLong(t -> 4L * t.size()).sum();
  }
}
