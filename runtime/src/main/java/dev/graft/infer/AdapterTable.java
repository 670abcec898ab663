package dev.graft.infer;

import dev.graft.adapter.NearestNames;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The loaded adapters by name. Replacing or removing one takes it from later requests at once;
 * requests that hold a lease finish with what they found.
 */
final class AdapterTable implements AutoCloseable {
  private final ConcurrentHashMap<String, ResidentAdapter> byName = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /** Makes an adapter known under a name, in place of any other. */
  void put(String name, ResidentAdapter adapter) {
    ResidentAdapter before = byName.put(name, adapter);
    if (before != null) {
      before.release();
    }
    // Looked at afterwards: a close that came before this line may have missed the new entry.
    if (closed) {
      if (byName.remove(name, adapter)) {
        adapter.release();
      }
      throw closedFailure();
    }
  }

  private static IllegalStateException closedFailure() {
    return new IllegalStateException("the engine is closed");
  }

  /** Forgets a name; returns whether it was known. */
  boolean remove(String name) {
    ResidentAdapter before = byName.remove(name);
    if (before == null) {
      return false;
    }
    before.release();
    return true;
  }

  /**
   * Takes a lease on the adapter that has a name now. The caller releases it.
   *
   * @throws UnknownAdapterException if no adapter has the name
   */
  RowAdapter acquire(String name) {
    while (true) {
      ResidentAdapter current = byName.get(name);
      if (current == null && closed) {
        throw closedFailure();
      }
      if (current == null) {
        throw new UnknownAdapterException(
            "no adapter '%s' is loaded; loaded are %s %s"
                .formatted(name, digests().keySet(), NearestNames.suggestion(name, byName.keySet()))
                .strip());
      }
      // Fails only if it was replaced between the two lines; then there is a newer one to find.
      if (current.tryAcquire()) {
        return new RowAdapter(name, Optional.of(current));
      }
    }
  }

  /** Digests by name. */
  SortedMap<String, String> digests() {
    SortedMap<String, String> digests = new TreeMap<>();
    byName.forEach((name, adapter) -> digests.put(name, adapter.digest()));
    return digests;
  }

  @Override
  public void close() {
    closed = true;
    for (String name : byName.keySet()) {
      remove(name);
    }
  }
}
