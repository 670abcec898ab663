package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.blob.BlobStore;
import dev.graft.store.index.Index;
import dev.graft.store.model.Quota;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Collecting where a deletion takes long, as in a bucket. */
@Timeout(60)
class GarbageCollectorTest {
  private static final int BLOBS = 4;
  private static final int SLOW_MILLIS = 150;

  @TempDir Path folder;

  @Test
  void letsAWriterInBetweenSlowDeletions() throws Exception {
    StoreLocation location = StoreLocation.directory(folder.resolve("store"));
    AdapterStore.create(location).close();
    Clock later = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
    Auditor auditor = new Auditor(later);
    try (Index index = new StoreSetup(location).open();
        BlobStore blobs = location.openBlobs()) {
      for (byte i = 0; i < BLOBS; i++) {
        blobs.put(Channels.newChannel(new ByteArrayInputStream(new byte[] {i})));
      }
      Thread writer =
          new Thread(
              () -> {
                try {
                  new Lifecycle(index, auditor, later).createTenant("acme", Quota.NONE, "", ME);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      List<Boolean> seen = new ArrayList<>();
      BlobStore slow =
          slowly(
              blobs,
              () -> {
                seen.add(isThere(index));
                if (seen.size() == 1) {
                  writer.start();
                  awaitWaiting(writer);
                }
                TimeUnit.MILLISECONDS.sleep(SLOW_MILLIS);
              });

      CollectionReport report =
          new GarbageCollector(index, slow, auditor, later).collect(Duration.ZERO, ME);

      writer.join();
      assertEquals(BLOBS, report.blobs());
      assertEquals(List.of(false, true, true, true), seen);
      assertTrue(isThere(index));
    }
  }

  /** Whether what the writer wrote is committed. */
  private static boolean isThere(Index index) throws IOException {
    return index.lookUp("look", session -> session.tenants().find("acme")).isPresent();
  }

  private static void awaitWaiting(Thread thread) {
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  /** The same blobs, with a step before each deletion. */
  private static BlobStore slowly(BlobStore blobs, Step step) {
    return (BlobStore)
        Proxy.newProxyInstance(
            BlobStore.class.getClassLoader(),
            new Class<?>[] {BlobStore.class},
            (proxy, method, args) -> {
              if (method.getName().equals("delete")) {
                step.run();
              }
              try {
                return method.invoke(blobs, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
