package dev.graft.resident;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.NearestNames;
import dev.graft.export.AdapterBinding;
import dev.graft.export.IncompatibleAdapterException;
import dev.graft.export.Manifest;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The loaded adapters of one bundle by name. Replacing or removing one takes it from later requests
 * at once; requests that hold a lease finish with what they found.
 */
public final class AdapterTable implements AutoCloseable {
  private final Manifest manifest;
  private final ConcurrentHashMap<String, ResidentAdapter> byName = new ConcurrentHashMap<>();
  private final @Nullable ResidentAdapter base;
  private volatile boolean closed;

  /** A table without adapters. */
  public AdapterTable(Manifest manifest) {
    this(manifest, Optional.empty());
  }

  /**
   * A table without adapters.
   *
   * @param head the head that came with the base
   */
  public AdapterTable(Manifest manifest, Optional<AdapterBinding.Head> head) {
    this.manifest = manifest;
    this.base = head.map(ResidentAdapter::ofHead).orElse(null);
  }

  /**
   * Makes an adapter available under a name, in place of any other of that name.
   *
   * @throws IncompatibleAdapterException if the adapter does not belong to the bundle or is not
   *     finite
   */
  public LoadedAdapter load(String name, Adapter adapter) {
    return load(name, adapter, resident -> {});
  }

  /**
   * Makes an adapter available under a name, in place of any other of that name.
   *
   * @param prepare what has to be done before the first request may find the adapter
   * @throws IncompatibleAdapterException if the adapter does not belong to the bundle or is not
   *     finite
   */
  public LoadedAdapter load(String name, Adapter adapter, Consumer<ResidentAdapter> prepare) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("an adapter needs a name; the empty one means the base");
    }
    if (!adapter.isFinite()) {
      throw new IncompatibleAdapterException(
          "adapter '%s' has weights that are not finite; train it again".formatted(name));
    }
    ResidentAdapter resident = ResidentAdapter.of(AdapterBinding.bind(manifest, adapter));
    boolean prepared = false;
    try {
      prepare.accept(resident);
      prepared = true;
    } finally {
      if (!prepared) {
        resident.release();
      }
    }
    LoadedAdapter loaded =
        new LoadedAdapter(
            name,
            resident.digest(),
            resident.labels(),
            resident.modules().size(),
            resident.virtualTokens(),
            resident.sizeBytes());
    put(name, resident);
    return loaded;
  }

  /** Makes an adapter known under a name, in place of any other. */
  private void put(String name, ResidentAdapter adapter) {
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
  public boolean unload(String name) {
    ResidentAdapter before = byName.remove(name);
    if (before == null) {
      return false;
    }
    before.release();
    return true;
  }

  /** Takes a lease on the base, with the head that came with it if one did. */
  public RowAdapter acquireBase() {
    if (base == null) {
      return RowAdapter.BASE;
    }
    if (!base.tryAcquire()) {
      throw closedFailure();
    }
    return new RowAdapter("", Optional.of(base));
  }

  /**
   * Takes a lease on the adapter that has a name now. The caller releases it.
   *
   * @throws UnknownAdapterException if no adapter has the name
   */
  public RowAdapter acquire(String name) {
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
  public SortedMap<String, String> digests() {
    SortedMap<String, String> digests = new TreeMap<>();
    byName.forEach((name, adapter) -> digests.put(name, adapter.digest()));
    return digests;
  }

  @Override
  public synchronized void close() {
    if (base != null && !closed) {
      base.release();
    }
    closed = true;
    for (String name : byName.keySet()) {
      unload(name);
    }
  }
}
