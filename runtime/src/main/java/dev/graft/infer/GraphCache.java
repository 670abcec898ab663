package dev.graft.infer;

import dev.graft.export.BundleGraph;
import dev.graft.ort.OrtModel;
import dev.graft.ort.SessionSettings;
import dev.graft.session.BasePrecision;
import dev.graft.session.BundleSessions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The specialised inference graphs in use: one per set of modules and outputs, the least recently
 * used closed first. A run that is under way keeps its graph open.
 */
final class GraphCache implements AutoCloseable {
  /** What a graph was specialised for. */
  record Key(Set<String> modules, Set<String> outputs) {
    Key {
      modules = Set.copyOf(modules);
      outputs = Set.copyOf(outputs);
    }
  }

  private static final class Entry {
    final OrtModel model;
    int runs;
    boolean evicted;

    Entry(OrtModel model) {
      this.model = model;
    }
  }

  private final BundleSessions sessions;
  private final BasePrecision precision;
  private final SessionSettings settings;
  private final int capacity;
  private final LinkedHashMap<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private boolean closed;

  GraphCache(
      BundleSessions sessions, BasePrecision precision, SessionSettings settings, int capacity) {
    this.precision = precision;
    this.sessions = sessions;
    this.settings = settings;
    this.capacity = capacity;
  }

  /** Runs with the graph for a key, opening it if need be. */
  <T> T with(Key key, Function<OrtModel, T> run) {
    Entry entry = take(key);
    try {
      return run.apply(entry.model);
    } finally {
      giveBack(entry);
    }
  }

  // Opening under the lock makes other first requests wait rather than open the same graph twice.
  private synchronized Entry take(Key key) {
    if (closed) {
      throw new IllegalStateException("the engine is closed");
    }
    Entry entry = entries.get(key);
    if (entry == null) {
      try {
        entry =
            new Entry(
                sessions.open(
                    BundleGraph.INFERENCE, key.modules(), key.outputs(), precision, settings));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      entries.put(key, entry);
      evictBeyondCapacity();
    }
    entry.runs++;
    return entry;
  }

  private void evictBeyondCapacity() {
    List<Map.Entry<Key, Entry>> oldestFirst = new ArrayList<>(entries.entrySet());
    for (int i = 0; i < oldestFirst.size() - capacity; i++) {
      entries.remove(oldestFirst.get(i).getKey());
      evict(oldestFirst.get(i).getValue());
    }
  }

  private static void evict(Entry entry) {
    entry.evicted = true;
    if (entry.runs == 0) {
      entry.model.close();
    }
  }

  private synchronized void giveBack(Entry entry) {
    entry.runs--;
    if (entry.evicted && entry.runs == 0) {
      entry.model.close();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    entries.values().forEach(GraphCache::evict);
    entries.clear();
  }
}
