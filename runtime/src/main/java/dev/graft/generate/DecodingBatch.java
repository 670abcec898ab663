package dev.graft.generate;

import dev.graft.inject.LoraInjection;
import dev.graft.ort.NativeTensor;
import dev.graft.resident.AdapterStack;
import dev.graft.resident.RowAdapter;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Sequences that run together: their cache, and their adapters on top of each other, which are
 * stacked once for as long as the sequences stay the same.
 */
final class DecodingBatch implements AutoCloseable {
  private final Decoder decoder;
  private final List<Sequence> sequences;
  private final KvCache cache;
  private @Nullable Stacked stacked;
  private @Nullable NativeTensor logits;

  /** What the graph takes of the adapters of these sequences. */
  private record Stacked(AdapterStack stack, NativeTensor index, Set<String> slots)
      implements AutoCloseable {
    @Override
    public void close() {
      stack.close();
      index.close();
    }
  }

  private DecodingBatch(Decoder decoder, List<Sequence> sequences, KvCache cache) {
    this.decoder = decoder;
    this.sequences = new ArrayList<>(sequences);
    this.cache = cache;
  }

  /** A batch without sequences. */
  static DecodingBatch empty(Decoder decoder) {
    return new DecodingBatch(decoder, List.of(), decoder.cache(List.of()));
  }

  /** A batch of sequences whose prompts are still to be read. */
  static DecodingBatch of(Decoder decoder, List<Sequence> sequences) {
    List<RowAdapter> adapters = sequences.stream().map(Sequence::adapter).toList();
    return new DecodingBatch(decoder, sequences, decoder.cache(adapters));
  }

  List<Sequence> sequences() {
    return List.copyOf(sequences);
  }

  boolean isEmpty() {
    return sequences.isEmpty();
  }

  /**
   * Runs new tokens and returns the logits of the last column, {@code [B, V]}, valid until the next
   * run.
   */
  FloatBuffer run(NewTokens tokens) {
    Stacked adapters = stacked();
    Map<String, NativeTensor> feeds = new HashMap<>(adapters.stack().feeds());
    if (!adapters.slots().isEmpty()) {
      feeds.put(LoraInjection.ADAPTER_INDEX, adapters.index());
    }
    NativeTensor out = logits();
    decoder.with(
        adapters.slots(),
        model -> {
          cache.run(model, tokens, feeds, decoder.outputs(out));
          return true;
        });
    return out.floatBuffer();
  }

  private NativeTensor logits() {
    NativeTensor known = logits;
    if (known == null) {
      known = decoder.logits(sequences.size());
      logits = known;
    }
    return known;
  }

  private Stacked stacked() {
    Set<String> slots = decoder.modules();
    Stacked known = stacked;
    if (known == null || !known.slots().equals(slots)) {
      forgetAdapters();
      known = stack(slots);
      stacked = known;
    }
    return known;
  }

  private Stacked stack(Set<String> slots) {
    Map<RowAdapter, Integer> distinct = new LinkedHashMap<>();
    List<Integer> choice = new ArrayList<>();
    for (Sequence sequence : sequences) {
      // What has no slots is the base to the graph, whatever its prefix.
      RowAdapter adapter =
          sequence.adapter().modules().isEmpty() ? RowAdapter.BASE : sequence.adapter();
      int next = distinct.size();
      choice.add(distinct.computeIfAbsent(adapter, a -> next));
    }
    AdapterStack stack = decoder.stack(List.copyOf(distinct.keySet()), slots);
    return new Stacked(stack, AdapterStack.index(choice, distinct.size()), slots);
  }

  /** Lets the sequences go that have ended. */
  void dropEnded() {
    if (underWay().size() < sequences.size()) {
      try (DecodingBatch nobody = empty(decoder)) {
        exchange(nobody);
      }
    }
  }

  /** Lets the sequences go that have ended, and takes over the others of another batch. */
  void exchange(DecodingBatch arriving) {
    List<Integer> kept = underWay();
    List<Integer> taken = arriving.underWay();
    List<Sequence> staying = new ArrayList<>();
    kept.forEach(row -> staying.add(sequences.get(row)));
    taken.forEach(row -> staying.add(arriving.sequences.get(row)));
    cache.rebuild(kept, arriving.cache, taken);
    sequences.clear();
    sequences.addAll(staying);
    forgetInputs();
  }

  /** The rows whose sequences have not ended. */
  private List<Integer> underWay() {
    return IntStream.range(0, sequences.size())
        .filter(row -> sequences.get(row).ended().isEmpty())
        .boxed()
        .toList();
  }

  private void forgetAdapters() {
    if (stacked != null) {
      stacked.close();
      stacked = null;
    }
  }

  private void forgetInputs() {
    forgetAdapters();
    if (logits != null) {
      logits.close();
      logits = null;
    }
  }

  /** Frees what is native; its sequences are not ended. */
  @Override
  public void close() {
    forgetInputs();
    cache.close();
    sequences.clear();
  }
}
