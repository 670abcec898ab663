package dev.graft.generate;

import dev.graft.inject.GenerationGraphs;
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
 * The keys and values of the rows of a batch.
 *
 * <p>All rows have the same number of columns; where a row has fewer tokens than others, its first
 * columns are holes, which the attention mask hides. A run reads one set of buffers as past and
 * writes the other as present; then the two change places, so that nothing is copied in Java but
 * when rows come or go.
 */
final class KvBatch {
  private final KvLayout layout;

  /** Per row the columns that hold a token. */
  private final List<BitSet> filled = new ArrayList<>();

  private int columns;
  private KvPlanes past;
  private KvPlanes present;

  /** A batch without rows. */
  KvBatch(KvLayout layout) {
    this.layout = layout;
    this.past = new KvPlanes(layout);
    this.present = new KvPlanes(layout);
  }

  /** A batch whose rows hold the prefixes of their adapters, and nothing else. */
  static KvBatch ofPrefixes(KvLayout layout, List<RowAdapter> adapters) {
    KvBatch batch = new KvBatch(layout);
    batch.columns = adapters.stream().mapToInt(RowAdapter::virtualTokens).max().orElse(0);
    batch.past.reserve((long) adapters.size() * batch.columns);
    for (RowAdapter adapter : adapters) {
      int virtual = adapter.virtualTokens();
      if (virtual > 0) {
        batch.past.copyPrefix(
            new KvPlanes.Row(batch.rows(), batch.columns),
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

  int rows() {
    return filled.size();
  }

  /** How many tokens a row has, those of its prefix included: the position of its next one. */
  int length(int row) {
    return filled.get(row).cardinality();
  }

  /**
   * Runs the decoder over new tokens, which become part of the rows.
   *
   * @param adapterFeeds what the graph takes of adapters
   * @param outputs what it is to give beside the cache, in place
   */
  void run(
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
      own(owned, feeds, tokenInputs(tokens));
      if (!model.inputNames().contains(DecoderSignature.POSITION_IDS)) {
        feeds.remove(DecoderSignature.POSITION_IDS);
      }
      Map<String, NativeTensor> pinned = new HashMap<>(outputs);
      own(owned, pinned, present.tensors(layout.present(), rows(), total));
      model.run(feeds, List.of(), pinned).close();
    } finally {
      owned.forEach(NativeTensor::close);
    }
    exchange();
    for (int row = 0; row < rows(); row++) {
      for (int t = 0; t < tokens.width(); t++) {
        filled.get(row).set(columns + t, tokens.isReal(row, t));
      }
    }
    columns = total;
  }

  private static void own(
      List<NativeTensor> owned, Map<String, NativeTensor> into, Map<String, NativeTensor> tensors) {
    owned.addAll(tensors.values());
    into.putAll(tensors);
  }

  private void exchange() {
    KvPlanes written = present;
    present = past;
    past = written;
  }

  private Map<String, NativeTensor> tokenInputs(NewTokens tokens) {
    int width = tokens.width();
    int total = columns + width;
    long[] positions = new long[rows() * width];
    long[] mask = new long[rows() * total];
    long[] last = new long[rows()];
    for (int row = 0; row < rows(); row++) {
      BitSet cells = filled.get(row);
      for (int c = cells.nextSetBit(0); c >= 0; c = cells.nextSetBit(c + 1)) {
        mask[row * total + c] = 1;
      }
      int position = length(row);
      for (int t = 0; t < width; t++) {
        if (tokens.isReal(row, t)) {
          mask[row * total + columns + t] = 1;
          positions[row * width + t] = position++;
        }
      }
      last[row] = (long) width - 1;
    }
    return Map.of(
        DecoderSignature.INPUT_IDS, NativeTensor.of(tokens.ids(), rows(), width),
        DecoderSignature.ATTENTION_MASK, NativeTensor.of(mask, rows(), total),
        DecoderSignature.POSITION_IDS, NativeTensor.of(positions, rows(), width),
        GenerationGraphs.LAST_TOKEN, NativeTensor.of(last, rows()));
  }

  /**
   * Keeps some rows and appends some of another batch, without holes between tokens and without
   * columns that no row fills. The other batch is of no use afterwards.
   */
  void rebuild(List<Integer> kept, KvBatch other, List<Integer> taken) {
    List<BitSet> cells = new ArrayList<>();
    kept.forEach(row -> cells.add(filled.get(row)));
    taken.forEach(row -> cells.add(other.filled.get(row)));
    int longest = cells.stream().mapToInt(BitSet::cardinality).max().orElse(0);
    // A prefix and a shorter prompt have holes between them, which only copying closes.
    boolean asItIs =
        kept.isEmpty()
            && taken.size() == other.rows()
            && other.columns == longest
            && cells.stream().allMatch(row -> row.equals(lastOf(longest, row.cardinality())));
    if (asItIs) {
      past = other.past;
      present = other.present;
    } else {
      present.reserve(Math.max(1, (long) cells.size() * longest));
      int to = 0;
      for (int row : kept) {
        copyRow(new KvPlanes.Row(to++, longest), this, row);
      }
      for (int row : taken) {
        copyRow(new KvPlanes.Row(to++, longest), other, row);
      }
      exchange();
    }
    columns = longest;
    filled.clear();
    cells.forEach(row -> filled.add(lastOf(longest, row.cardinality())));
  }

  private void copyRow(KvPlanes.Row to, KvBatch from, int row) {
    KvPlanes.Row source = new KvPlanes.Row(row, from.columns);
    present.copyRow(to, from.past, source, from.filled.get(row));
  }
}
