package dev.graft.generate;

import dev.graft.inject.InPlaceAttention;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.resident.RowAdapter;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A cache for graphs with {@link InPlaceAttention}: new keys and values are written behind those of
 * their row, where a few columns are kept free. Nothing is copied when a token comes; when a row
 * leaves, the rows behind it move up.
 */
final class InPlaceCache implements KvCache {
  private static final int COLUMNS_STEP = 32;

  private final KvLayout layout;
  private final List<Integer> lengths = new ArrayList<>();
  private KvPlanes planes;

  /** Columns of a row in memory, free ones included. */
  private int capacity;

  /** The rows as tensors, past and present alike; empty until a run needs them. */
  private final List<NativeTensor> tensors = new ArrayList<>();

  /** A cache without rows. */
  InPlaceCache(KvLayout layout) {
    this.layout = layout;
    this.planes = new KvPlanes(layout);
  }

  /** A cache whose rows hold the prefixes of their adapters, and nothing else. */
  static InPlaceCache ofPrefixes(KvLayout layout, List<RowAdapter> adapters) {
    InPlaceCache cache = new InPlaceCache(layout);
    cache.capacity = roomy(adapters.stream().mapToInt(RowAdapter::virtualTokens).max().orElse(0));
    cache.planes.reserve((long) adapters.size() * cache.capacity);
    for (RowAdapter adapter : adapters) {
      int virtual = adapter.virtualTokens();
      if (virtual > 0) {
        cache.planes.copyPrefix(
            new KvPlanes.Row(cache.rows(), cache.capacity),
            0,
            layout.prefix().stream().map(adapter::tensor).toList(),
            virtual);
      }
      cache.lengths.add(virtual);
    }
    return cache;
  }

  /** So many columns and some free ones. */
  private static int roomy(int columns) {
    return (columns + columns / 4 + COLUMNS_STEP) / COLUMNS_STEP * COLUMNS_STEP;
  }

  @Override
  public int rows() {
    return lengths.size();
  }

  @Override
  public int length(int row) {
    return lengths.get(row);
  }

  private int longest() {
    return lengths.stream().mapToInt(Integer::intValue).max().orElse(0);
  }

  @Override
  public void run(
      OrtModel model,
      NewTokens tokens,
      Map<String, NativeTensor> adapterFeeds,
      Map<String, NativeTensor> outputs) {
    int total = longest() + tokens.width();
    if (total > capacity) {
      moveTo(roomy(total));
    }
    List<NativeTensor> owned = new ArrayList<>();
    try {
      Map<String, NativeTensor> feeds = new HashMap<>(adapterFeeds);
      AppendingCache.own(owned, feeds, tokens.inputs(this));
      AppendingCache.own(owned, feeds, lengthInputs(tokens, total));
      Map<String, NativeTensor> pinned = new HashMap<>(outputs);
      addRows(feeds, pinned);
      KvCache.dropUnknown(feeds, model);
      model.run(feeds, List.of(), pinned).close();
    } finally {
      owned.forEach(NativeTensor::close);
    }
    for (int row = 0; row < rows(); row++) {
      lengths.set(row, length(row) + tokens.count(row));
    }
  }

  private Map<String, NativeTensor> lengthInputs(NewTokens tokens, int total) {
    int[] last = new int[rows()];
    for (int row = 0; row < last.length; row++) {
      last[row] = length(row) + tokens.count(row) - 1;
    }
    return Map.of(
        InPlaceAttention.LENGTHS, NativeTensor.of(last, last.length),
        InPlaceAttention.TOTAL, NativeTensor.of(new int[] {total}));
  }

  /** Feeds and fetches the same tensors. */
  private void addRows(Map<String, NativeTensor> feeds, Map<String, NativeTensor> pinned) {
    if (tensors.isEmpty()) {
      tensors.addAll(planes.tensors(layout.past(), rows(), capacity).values());
    }
    for (int i = 0; i < tensors.size(); i++) {
      feeds.put(layout.past().get(i), tensors.get(i));
      pinned.put(layout.present().get(i), tensors.get(i));
    }
  }

  /** Gives every row other space. */
  private void moveTo(int columns) {
    KvPlanes wider = new KvPlanes(layout);
    wider.reserve((long) rows() * columns);
    for (int row = 0; row < rows(); row++) {
      copyRow(wider, new KvPlanes.Row(row, columns), this, row);
    }
    use(wider, columns);
  }

  private void use(KvPlanes other, int columns) {
    forgetTensors();
    planes = other;
    capacity = columns;
  }

  private static void copyRow(KvPlanes target, KvPlanes.Row to, InPlaceCache from, int row) {
    BitSet cells = new BitSet();
    cells.set(0, from.length(row));
    target.copyRow(to, 0, from.planes, new KvPlanes.Row(row, from.capacity), cells);
  }

  @Override
  public void rebuild(List<Integer> kept, KvCache arriving, List<Integer> taken) {
    InPlaceCache other = (InPlaceCache) arriving;
    List<Integer> next = new ArrayList<>();
    kept.forEach(row -> next.add(length(row)));
    taken.forEach(row -> next.add(other.length(row)));
    forgetTensors();
    if (kept.isEmpty() && taken.size() == other.rows()) {
      use(other.planes, other.capacity);
    } else {
      int wanted = roomy(next.stream().mapToInt(Integer::intValue).max().orElse(0));
      boolean fits = capacity >= wanted && capacity <= 2 * wanted;
      int columns = fits ? capacity : wanted;
      boolean stays = fits && planes.hasRoomFor((long) next.size() * columns);
      KvPlanes target = stays ? planes : new KvPlanes(layout);
      target.reserve((long) next.size() * columns);
      int to = 0;
      for (int row : kept) {
        if (!stays || row != to) {
          copyRow(target, new KvPlanes.Row(to, columns), this, row);
        }
        to++;
      }
      for (int row : taken) {
        copyRow(target, new KvPlanes.Row(to++, columns), other, row);
      }
      use(target, columns);
    }
    lengths.clear();
    lengths.addAll(next);
  }

  private void forgetTensors() {
    tensors.forEach(NativeTensor::close);
    tensors.clear();
  }

  @Override
  public void close() {
    use(new KvPlanes(layout), 0);
    lengths.clear();
  }
}
