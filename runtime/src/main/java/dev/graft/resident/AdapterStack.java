package dev.graft.resident;

import dev.graft.export.Manifest;
import dev.graft.export.Slot;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.HeadLayer;
import dev.graft.ort.NativeTensor;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The adapter inputs of runs: the adapters of their rows on top of each other. Ranks and label
 * counts are filled up with zeros, which changes no result: a zero column of A meets a zero row of
 * B, and a zero column of the head is a label nobody asks for.
 *
 * <p>With one adapter for all rows its own tensors are fed in place, and nothing is copied.
 */
public final class AdapterStack implements AutoCloseable {
  private final Map<String, NativeTensor> feeds = new HashMap<>();
  private final List<NativeTensor> owned = new ArrayList<>();

  private AdapterStack() {}

  /**
   * Stacks adapters.
   *
   * @param adapters the distinct adapters of a batch; the base is an adapter that changes nothing
   * @param modules the slots the graph has
   * @param withHead whether the graph has a head
   */
  public static AdapterStack of(
      Manifest manifest, List<RowAdapter> adapters, Set<String> modules, boolean withHead) {
    AdapterStack stack = new AdapterStack();
    boolean complete = false;
    try {
      for (Slot slot : manifest.slots()) {
        if (modules.contains(slot.module())) {
          stack.addSlot(slot, adapters);
        }
      }
      if (withHead) {
        stack.addHead(manifest, adapters);
      }
      complete = true;
      return stack;
    } finally {
      if (!complete) {
        stack.close();
      }
    }
  }

  /**
   * Which adapter each row uses, for the graph input {@code adapter_index}; the caller closes it.
   *
   * @param choice per row an index into the stacked adapters
   * @param adapters how many are stacked
   */
  public static NativeTensor index(List<Integer> choice, int adapters) {
    long[] index =
        adapters == 1 ? new long[] {0} : choice.stream().mapToLong(Integer::longValue).toArray();
    return NativeTensor.of(index, index.length);
  }

  private void addSlot(Slot slot, List<RowAdapter> adapters) {
    if (adapters.size() == 1 && adapters.get(0).has(slot.a())) {
      feeds.put(slot.a(), adapters.get(0).tensor(slot.a()));
      feeds.put(slot.b(), adapters.get(0).tensor(slot.b()));
      return;
    }
    // A slot that none of them fills gets one column of zeros.
    long rank = 1;
    for (RowAdapter adapter : adapters) {
      rank = Math.max(rank, adapter.has(slot.a()) ? adapter.tensor(slot.a()).shape()[2] : 0);
    }
    own(slot.a(), stackedMatrices(slot.a(), adapters, slot.in(), rank));
    own(slot.b(), stackedMatrices(slot.b(), adapters, rank, slot.out()));
  }

  private void addHead(Manifest manifest, List<RowAdapter> adapters) {
    ClassificationHead head =
        manifest.head().orElseThrow(() -> new IllegalStateException("the bundle has no head"));
    long hidden = manifest.hiddenSize();
    long labels = adapters.stream().mapToLong(RowAdapter::labelCount).max().orElse(0);
    for (HeadLayer layer : head.layers()) {
      if (adapters.size() == 1 && adapters.get(0).has(layer.weight())) {
        feeds.put(layer.weight(), adapters.get(0).tensor(layer.weight()));
        feeds.put(layer.bias(), adapters.get(0).tensor(layer.bias()));
        continue;
      }
      long out = head.weightShape(layer, hidden, labels).get(0);
      own(layer.weight(), stackedMatrices(layer.weight(), adapters, hidden, out));
      own(layer.bias(), stackedVectors(layer.bias(), adapters, out));
    }
  }

  /** {@code [N, columns]} of vectors that have at most as many values. */
  private static NativeTensor stackedVectors(String name, List<RowAdapter> adapters, long columns) {
    NativeTensor stack = NativeTensor.floats(adapters.size(), columns);
    FloatBuffer to = stack.floatBuffer();
    for (int i = 0; i < adapters.size(); i++) {
      if (adapters.get(i).has(name)) {
        FloatBuffer from = adapters.get(i).tensor(name).floatBuffer();
        to.put(Math.toIntExact(i * columns), from, from.position(), from.remaining());
      }
    }
    return stack;
  }

  /** {@code [N, rows, columns]} of matrices that have at most as many rows and columns. */
  private static NativeTensor stackedMatrices(
      String name, List<RowAdapter> adapters, long rows, long columns) {
    NativeTensor stack = NativeTensor.floats(adapters.size(), rows, columns);
    FloatBuffer to = stack.floatBuffer();
    for (int i = 0; i < adapters.size(); i++) {
      if (!adapters.get(i).has(name)) {
        continue;
      }
      NativeTensor tensor = adapters.get(i).tensor(name);
      FloatBuffer from = tensor.floatBuffer();
      int base = Math.toIntExact(i * rows * columns);
      int ownRows = Math.toIntExact(tensor.shape()[1]);
      int ownColumns = Math.toIntExact(tensor.shape()[2]);
      if (ownColumns == columns) {
        to.put(base, from, 0, ownRows * ownColumns);
      } else {
        for (int row = 0; row < ownRows; row++) {
          to.put(base + Math.toIntExact(row * columns), from, row * ownColumns, ownColumns);
        }
      }
    }
    return stack;
  }

  private void own(String name, NativeTensor tensor) {
    owned.add(tensor);
    feeds.put(name, tensor);
  }

  /** The adapter inputs by name but for the index, valid until this is closed. */
  public Map<String, NativeTensor> feeds() {
    return feeds;
  }

  @Override
  public void close() {
    owned.forEach(NativeTensor::close);
  }
}
