package dev.graft.ort;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The gauge of native objects that are open in this process: models, tensors and run results.
 *
 * <p>A test that opened and closed everything finds {@link #openCount()} where it was. With
 * assertions enabled ({@code java -ea}) each open handle also remembers where it was made.
 */
public final class NativeHandles {
  private static final boolean TRACED = NativeHandles.class.desiredAssertionStatus();
  private static final AtomicLong OPEN = new AtomicLong();
  private static final Set<Handle> ORIGINS = ConcurrentHashMap.newKeySet();

  private NativeHandles() {}

  /** Count the native objects that are open now. */
  public static long openCount() {
    return OPEN.get();
  }

  /** Describe each open handle and the place that made it; empty unless assertions are enabled. */
  public static List<String> describeOpen() {
    return ORIGINS.stream().map(Handle::describe).sorted().toList();
  }

  static Handle open(String what) {
    Handle handle = new Handle(what, TRACED ? new Throwable() : null);
    OPEN.incrementAndGet();
    if (TRACED) {
      ORIGINS.add(handle);
    }
    return handle;
  }

  /** One open native object; closing it twice counts once. */
  static final class Handle {
    private final String what;
    private final @Nullable Throwable origin;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Handle(String what, @Nullable Throwable origin) {
      this.what = what;
      this.origin = origin;
    }

    void close() {
      if (closed.compareAndSet(false, true)) {
        OPEN.decrementAndGet();
        ORIGINS.remove(this);
      }
    }

    private String describe() {
      StringBuilder text = new StringBuilder(what);
      if (origin != null) {
        for (StackTraceElement frame : origin.getStackTrace()) {
          if (!frame.getClassName().startsWith(NativeHandles.class.getPackageName() + ".Native")) {
            return text.append(" made at ").append(frame).toString();
          }
        }
      }
      return text.toString();
    }
  }
}
