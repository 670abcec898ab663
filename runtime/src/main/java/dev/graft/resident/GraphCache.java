package dev.graft.resident;

import dev.graft.export.BundleGraph;
import dev.graft.onnx.Graph;
import dev.graft.ort.OrtModel;
import dev.graft.ort.SessionSettings;
import dev.graft.session.BasePrecision;
import dev.graft.session.BundleSessions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The specialised inference graphs in use: one per set of modules and outputs, the least recently
 * used closed first. A run that is under way keeps its graph open.
 */
public final class GraphCache implements AutoCloseable {
  /** What a graph was specialised for. */
  public record Key(Set<String> modules, Set<String> outputs) {
    public Key {
      modules = Set.copyOf(modules);
      outputs = Set.copyOf(outputs);
    }
  }

  /** A graph that is open or being opened. The fields but the model belong to the cache's lock. */
  private static final class Entry {
    final CompletableFuture<OrtModel> model = new CompletableFuture<>();
    int runs = 1;
    boolean evicted;
  }

  private final BundleSessions sessions;
  private final BasePrecision precision;
  private final UnaryOperator<Graph> rewrite;
  private final SessionSettings settings;
  private final int capacity;
  private final LinkedHashMap<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private boolean closed;

  public GraphCache(
      BundleSessions sessions, BasePrecision precision, SessionSettings settings, int capacity) {
    this(sessions, precision, UnaryOperator.identity(), settings, capacity);
  }

  /**
   * A cache of graphs that are rewritten when they are opened.
   *
   * @param rewrite applied to each specialised graph
   */
  public GraphCache(
      BundleSessions sessions,
      BasePrecision precision,
      UnaryOperator<Graph> rewrite,
      SessionSettings settings,
      int capacity) {
    this.rewrite = rewrite;
    this.precision = precision;
    this.sessions = sessions;
    this.settings = settings;
    this.capacity = capacity;
  }

  /** Runs with the graph for a key, opening it if need be. */
  public <T> T with(Key key, Function<OrtModel, T> run) {
    Entry entry = take(key);
    try {
      return run.apply(opened(entry));
    } finally {
      giveBack(entry);
    }
  }

  /** Closes all graphs but that for a key, each when its last run ends. */
  public void keepOnly(Key key) {
    List<Entry> idle = new ArrayList<>();
    synchronized (this) {
      Iterator<Map.Entry<Key, Entry>> all = entries.entrySet().iterator();
      while (all.hasNext()) {
        Map.Entry<Key, Entry> next = all.next();
        if (!next.getKey().equals(key)) {
          all.remove();
          evict(next.getValue(), idle);
        }
      }
    }
    idle.forEach(GraphCache::free);
  }

  private static void evict(Entry entry, List<Entry> idle) {
    entry.evicted = true;
    if (entry.runs == 0) {
      idle.add(entry);
    }
  }

  /** The entry of a key with one more run; the first to ask opens it, without holding the lock. */
  private Entry take(Key key) {
    Entry made;
    List<Entry> beyond;
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("the engine is closed");
      }
      Entry known = entries.get(key);
      if (known != null) {
        known.runs++;
        return known;
      }
      made = new Entry();
      entries.put(key, made);
      beyond = evictBeyondCapacity();
    }
    open(key, made);
    beyond.forEach(GraphCache::free);
    return made;
  }

  private void open(Key key, Entry entry) {
    try {
      entry.model.complete(
          sessions.open(
              BundleGraph.INFERENCE, key.modules(), key.outputs(), precision, rewrite, settings));
    } catch (IOException e) {
      entry.model.completeExceptionally(new UncheckedIOException(e));
    } catch (RuntimeException | Error e) {
      entry.model.completeExceptionally(e);
    }
    if (entry.model.isCompletedExceptionally()) {
      // The next request tries again; those that wait for this one fail with it.
      synchronized (this) {
        entries.remove(key, entry);
        entry.evicted = true;
      }
    }
  }

  private static OrtModel opened(Entry entry) {
    try {
      return entry.model.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Takes the oldest out of the map and returns those that nobody runs. */
  private List<Entry> evictBeyondCapacity() {
    List<Entry> idle = new ArrayList<>();
    Iterator<Entry> oldestFirst = entries.values().iterator();
    for (int i = entries.size() - capacity; i > 0; i--) {
      Entry entry = oldestFirst.next();
      oldestFirst.remove();
      evict(entry, idle);
    }
    return idle;
  }

  private void giveBack(Entry entry) {
    boolean last;
    synchronized (this) {
      entry.runs--;
      last = entry.evicted && entry.runs == 0;
    }
    if (last) {
      free(entry);
    }
  }

  /** Closes a graph that has left the map and that nobody runs. */
  private static void free(Entry entry) {
    if (!entry.model.isCompletedExceptionally()) {
      entry.model.join().close();
    }
  }

  @Override
  public void close() {
    List<Entry> idle = new ArrayList<>();
    synchronized (this) {
      closed = true;
      entries.values().forEach(entry -> evict(entry, idle));
      entries.clear();
    }
    idle.forEach(GraphCache::free);
  }
}
