package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.store.keys.KeyDirectory;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.Quota;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A folder with a registry, keys, an adapter to publish and one that was pulled before.
 *
 * @param folder on a sound disk, or on one with faults
 */
record FaultPlace(Path folder) {
  static final AdapterName SECRET = AdapterName.parse("globex/support");

  StoreLocation location() {
    return StoreLocation.directory(folder.resolve("store"));
  }

  Path keys() {
    return folder.resolve("keys");
  }

  /** An adapter that is not in the registry. */
  Path source() {
    return folder.resolve("source");
  }

  Path target() {
    return folder.resolve("target");
  }

  AdapterStore open() throws IOException {
    return AdapterStore.open(
        location(), StoreOptions.defaults().keys(KeyDirectory.open(keys(), Optional.empty())));
  }

  /** Two tenants with adapters, one of them encrypted. */
  void fill() throws IOException {
    KeyDirectory.create(keys(), Optional.empty());
    AdapterStore.create(location()).close();
    try (AdapterStore store = open()) {
      store.createTenant("acme", Quota.NONE, ME);
      store.createEncryptedTenant("globex", Quota.NONE, ME);
      store.publish(PublishRequest.of(SUPPORT, adapter(1, 0.9)).alias("prod"), ME);
      store.publish(PublishRequest.of(SUPPORT, adapter(2, 0.9)), ME);
      store.publish(PublishRequest.of(SECRET, adapter(3, 0.9)).alias("prod"), ME);
      store.pull(ref("acme/support@2"), target(), false);
    }
    new PeftFormat().write(adapter(7, 0.9), source());
  }

  /** The same, elsewhere. */
  FaultPlace copyTo(Path other) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.toList()) {
        Path copy = other.resolve(folder.relativize(path).toString());
        Files.copy(path, copy, StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    return new FaultPlace(other);
  }

  void assertSound() throws IOException {
    try (AdapterStore store = open()) {
      assertEquals(List.of(), errors(store));
    }
  }

  static List<Finding> errors(AdapterStore store) throws IOException {
    return store.check(ME.dry()).findings().stream().filter(f -> f.kind().isError()).toList();
  }

  /** Sound, and with all that was acknowledged before anything failed. */
  void assertKept() throws IOException {
    try (AdapterStore store = open()) {
      assertEquals(List.of(), errors(store));
      assertLoads(store, "acme/support@1", 1);
      assertLoads(store, "acme/support@2", 2);
      assertLoads(store, "globex/support:prod", 3);
    }
  }

  void assertLive(String reference, int seed) throws IOException {
    try (AdapterStore store = open()) {
      assertLoads(store, reference, seed);
    }
  }

  static void assertLoads(AdapterStore store, String reference, int seed) throws IOException {
    assertEquals(adapter(seed, 0.9), store.load(ref(reference)).adapter());
  }

  Adapter inTarget() throws IOException {
    return new PeftFormat().load(target(), ReadOptions.strict()).adapter();
  }
}
