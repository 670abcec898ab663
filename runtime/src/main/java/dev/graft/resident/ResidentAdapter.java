package dev.graft.resident;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.export.AdapterBinding;
import dev.graft.export.Slot;
import dev.graft.inject.PrefixInputs;
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
 * <p>The table of loaded adapters is one user, every request in flight that uses the adapter
 * another.
 */
public final class ResidentAdapter {
  private final String digest;
  private final List<String> labels;
  private final Map<String, NativeTensor> tensors;
  private final Set<String> modules;
  private final int virtualTokens;
  private final AtomicInteger users = new AtomicInteger(1);

  private ResidentAdapter(
      String digest,
      List<String> labels,
      Map<String, NativeTensor> tensors,
      Set<String> modules,
      int virtualTokens) {
    this.digest = digest;
    this.labels = labels;
    this.tensors = tensors;
    this.modules = modules;
    this.virtualTokens = virtualTokens;
  }

  /** Copies a bound adapter into native memory, turned and scaled as the graphs take it. */
  static ResidentAdapter of(AdapterBinding binding) {
    Map<String, NativeTensor> tensors = new HashMap<>();
    boolean complete = false;
    try {
      addSlots(tensors, binding);
      binding.head().ifPresent(head -> addHead(tensors, head));
      addPrefix(tensors, binding.prefix());
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
        Set.copyOf(modules),
        binding.virtualTokens());
  }

  /** The head that came with the base, as an adapter that changes nothing else. */
  static ResidentAdapter ofHead(AdapterBinding.Head head) {
    Map<String, NativeTensor> tensors = new HashMap<>();
    addHead(tensors, head);
    return new ResidentAdapter("", head.labels(), Map.copyOf(tensors), Set.of(), 0);
  }

  private static void addSlots(Map<String, NativeTensor> tensors, AdapterBinding binding) {
    for (Map.Entry<Slot, LoraWeights> entry : binding.slots().entrySet()) {
      Slot slot = entry.getKey();
      LoraWeights weights = entry.getValue();
      FloatBuffer scaled = weights.b().scaled(binding.scaleOf(slot)).buffer();
      tensors.put(slot.a(), turned(weights.a().buffer(), weights.rank(), weights.in()));
      tensors.put(slot.b(), turned(scaled, weights.out(), weights.rank()));
    }
  }

  private static void addHead(Map<String, NativeTensor> tensors, AdapterBinding.Head head) {
    head.tensors()
        .forEach(
            (name, tensor) -> {
              int rows = Math.toIntExact(tensor.shape().get(0));
              tensors.put(
                  name,
                  tensor.shape().size() == 2
                      ? turned(tensor.buffer(), rows, tensor.size() / rows)
                      : NativeTensor.of(tensor.toArray(), 1, rows));
            });
  }

  private static void addPrefix(Map<String, NativeTensor> tensors, List<PrefixLayer> layers) {
    for (int i = 0; i < layers.size(); i++) {
      tensors.put(PrefixInputs.key(i), copied(layers.get(i).key()));
      tensors.put(PrefixInputs.value(i), copied(layers.get(i).value()));
    }
  }

  private static NativeTensor copied(FloatTensor from) {
    long[] shape = from.shape().stream().mapToLong(Long::longValue).toArray();
    NativeTensor to = NativeTensor.floats(shape);
    to.floatBuffer().put(from.buffer());
    return to;
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

  /** The identity of the adapter's content. */
  public String digest() {
    return digest;
  }

  /** The labels of the head; empty without one. */
  public List<String> labels() {
    return labels;
  }

  int labelCount() {
    return labels.size();
  }

  /** The modules this adapter changes. */
  public Set<String> modules() {
    return modules;
  }

  /** Tokens of the prefix; 0 without one. */
  public int virtualTokens() {
    return virtualTokens;
  }

  /**
   * The tensors by graph input. Those of slots and head have a leading axis of 1; those of a prefix
   * are {@code [heads, virtual, features]}.
   */
  Map<String, NativeTensor> tensors() {
    return tensors;
  }

  /** Bytes of native memory. */
  public long sizeBytes() {
    return tensors.values().stream().mapToLong(t -> 4L * t.size()).sum();
  }
}
