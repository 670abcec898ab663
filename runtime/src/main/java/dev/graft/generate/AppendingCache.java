package dev.graft.generate;

import dev.graft.module.DecoderSignature;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.resident.RowAdapter;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A cache for graphs that append new keys and values to copies of the past, which is what decoders
 * are exported with.
 *
 * <p>All rows have the same number of columns; where a row has fewer tokens than others, its first
 * columns are holes, which the attention mask hides. A run reads one set of buffers as past and
 * writes the other as present; then the two change places, so that nothing is copied in Java but
 * when rows come or go.
 */
final class AppendingCache implements KvCache {
  private final KvLayout layout;

  /** Per row the columns that hold a token. */
  private final List<BitSet> filled = new ArrayList<>();

  private int columns;
  private KvPlanes past;
  private KvPlanes present;

  /** A batch without rows. */
  AppendingCache(KvLayout layout) {
    this.layout = layout;
    this.past = new KvPlanes(layout);
    this.present = new KvPlanes(layout);
  }

  /** A batch whose rows hold the prefixes of their adapters, and nothing else. */
  static AppendingCache ofPrefixes(KvLayout layout, List<RowAdapter> adapters) {
    AppendingCache batch = new AppendingCache(layout);
    batch.columns = adapters.stream().mapToInt(RowAdapter::virtualTokens).max().orElse(0);
    batch.past.reserve((long) adapters.size() * batch.columns);
    for (RowAdapter adapter : adapters) {
      int virtual = adapter.virtualTokens();
      if (virtual > 0) {
        batch.past.copyPrefix(
            new KvPlanes.Row(batch.rows(), batch.columns),
            batch.columns - virtual,
            layout.prefix().stream().map(adapter::tensor).toList(),
            virtual);
      }
      batch.filled.add(lastOf(batch.columns, virtual));
    }
    return batch;
  }

  private static BitSet lastOf(int columns, int count) {
    BitSet cells = new BitSet();
    cells.set(columns - count, columns);
    return cells;
  }

  @Override
  public int rows() {
    return filled.size();
  }

  @Override
  public int length(int row) {
    return filled.get(row).cardinality();
  }

  @Override
  public void run(
      OrtModel model,
      NewTokens tokens,
      Map<String, NativeTensor> adapterFeeds,
      Map<String, NativeTensor> outputs) {
    int total = columns + tokens.width();
    past.reserve(1);
    present.reserve((long) rows() * total);
    List<NativeTensor> owned = new ArrayList<>();
    try {
      Map<String, NativeTensor> feeds = new HashMap<>(adapterFeeds);
      own(owned, feeds, past.tensors(layout.past(), rows(), columns));
      own(owned, feeds, tokens.inputs(this));
      own(owned, feeds, Map.of(DecoderSignature.ATTENTION_MASK, mask(tokens)));
      Map<String, NativeTensor> pinned = new HashMap<>(outputs);
      own(owned, pinned, present.tensors(layout.present(), rows(), total));
      KvCache.dropUnknown(feeds, model);
      model.run(feeds, List.of(), pinned).close();
    } finally {
      owned.forEach(NativeTensor::close);
    }
    exchange();
    for (int row = 0; row < rows(); row++) {
      filled.get(row).set(columns, columns + tokens.count(row));
    }
    columns = total;
  }

  static void own(
      List<NativeTensor> owned, Map<String, NativeTensor> into, Map<String, NativeTensor> tensors) {
    owned.addAll(tensors.values());
    into.putAll(tensors);
  }

  private void exchange() {
    KvPlanes written = present;
    present = past;
    past = written;
  }

  /** 1 where a row has a token, 0 in holes: {@code [B, P + T]}. */
  private NativeTensor mask(NewTokens tokens) {
    int total = columns + tokens.width();
    long[] mask = new long[rows() * total];
    for (int row = 0; row < rows(); row++) {
      BitSet cells = filled.get(row);
      for (int c = cells.nextSetBit(0); c >= 0; c = cells.nextSetBit(c + 1)) {
        mask[row * total + c] = 1;
      }
      for (int t = 0; t < tokens.count(row); t++) {
        mask[row * total + columns + t] = 1;
      }
    }
    return NativeTensor.of(mask, rows(), total);
  }

  /** Without holes between tokens and without columns that no row fills. */
  @Override
  public void rebuild(List<Integer> kept, KvCache arriving, List<Integer> taken) {
    AppendingCache other = (AppendingCache) arriving;
    List<BitSet> cells = new ArrayList<>();
    kept.forEach(row -> cells.add(filled.get(row)));
    taken.forEach(row -> cells.add(other.filled.get(row)));
    int longest = cells.stream().mapToInt(BitSet::cardinality).max().orElse(0);
    if (kept.isEmpty() && taken.size() == other.rows() && other.columns == longest) {
      past = other.past;
      present = other.present;
    } else {
      compact(kept, other, taken, longest);
      cells.replaceAll(row -> lastOf(longest, row.cardinality()));
    }
    columns = longest;
    filled.clear();
    filled.addAll(cells);
  }

  private void compact(List<Integer> kept, AppendingCache other, List<Integer> taken, int longest) {
    present.reserve(Math.max(1, (long) (kept.size() + taken.size()) * longest));
    int to = 0;
    for (int row : kept) {
      copyRow(new KvPlanes.Row(to++, longest), this, row);
    }
    for (int row : taken) {
      copyRow(new KvPlanes.Row(to++, longest), other, row);
    }
    exchange();
  }

  private void copyRow(KvPlanes.Row to, AppendingCache from, int row) {
    BitSet cells = from.filled.get(row);
    int first = to.columns() - cells.cardinality();
    present.copyRow(to, first, from.past, new KvPlanes.Row(row, from.columns), cells);
  }

  @Override
  public void close() {
    past = new KvPlanes(layout);
    present = new KvPlanes(layout);
    filled.clear();
    columns = 0;
  }
}
