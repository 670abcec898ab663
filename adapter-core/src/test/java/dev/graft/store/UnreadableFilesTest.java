package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.format.PeftFormat;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files of which the system cannot say whether they are there: links in a circle, which fail to be
 * looked at as a broken disk does.
 */
class UnreadableFilesTest {
  @TempDir Path folder;
  private StoreLocation location = StoreLocation.directory(Path.of("unset"));

  @BeforeEach
  void publishAVersion() throws IOException {
    location = StoreLocation.directory(folder.resolve("store"));
    try (AdapterStore store = StoreSamples.withTenant(location)) {
      StoreSamples.publish(store, 1);
    }
  }

  private static void makeCircle(Path file) throws IOException {
    Files.createSymbolicLink(file, file);
  }

  @Test
  void doesNotNameARegistryAnewWhoseNameCannotBeRead() throws IOException {
    Path name = location.directory().resolve("store.json");
    Path away = folder.resolve("away.json");
    Files.move(name, away);
    makeCircle(name);

    var problem =
        assertThrows(StoreUnavailableException.class, () -> AdapterStore.create(location).close());
    assertThrows(StoreException.class, () -> AdapterStore.open(location).close());

    assertTrue(problem.toString().contains(name.toString()), problem.toString());
    assertTrue(Files.exists(name, LinkOption.NOFOLLOW_LINKS));
    Files.move(away, name, StandardCopyOption.REPLACE_EXISTING);
    try (AdapterStore store = AdapterStore.open(location)) {
      assertEquals(1, store.versions(SUPPORT).size());
    }
  }

  @Test
  void doesNotPublishAnAdapterWithoutARecordThatCannotBeRead() throws IOException {
    Path source = folder.resolve("adapter");
    new PeftFormat().write(adapter(2, 0.9), source);
    Path record = source.resolve("graft.json");
    Files.delete(record);
    makeCircle(record);

    try (AdapterStore store = AdapterStore.open(location)) {
      assertThrows(IOException.class, () -> store.publish(PublishRequest.of(SUPPORT, source), ME));

      assertEquals(1, store.versions(SUPPORT).size());
    }
  }

  @Test
  void doesNotCallATenantErasedWhileItCannotLookForWhatWasSetAside() throws IOException {
    Path damaged = location.directory().resolve("damaged");
    makeCircle(damaged);

    try (AdapterStore store = AdapterStore.open(location)) {
      assertThrows(StoreUnavailableException.class, () -> store.eraseTenant("acme", ME));
      assertThrows(StoreException.class, () -> store.resolve(ref("acme/support@1")));

      Files.delete(damaged);
      Erasure erasure = store.eraseTenant("acme", ME);
      assertTrue(store.verifyErasure(erasure.json()).isEmpty());
    }
  }
}
