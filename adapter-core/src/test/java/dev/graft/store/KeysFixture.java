package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.adapter;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.graft.store.keys.KeyDirectory;
import dev.graft.store.model.AdapterName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A directory of keys beside the registry, and looks at what lies about in the clear. */
abstract class KeysFixture extends SignatureContract {
  static final AdapterName SECRET = AdapterName.parse("globex/support");

  final KeyDirectory keys() throws IOException {
    Path place = folder.resolve("keys");
    return Files.exists(place)
        ? KeyDirectory.open(place, Optional.empty())
        : KeyDirectory.create(place, Optional.empty());
  }

  final AdapterStore withKeys() throws IOException {
    return AdapterStore.open(location, StoreOptions.defaults().keys(keys()));
  }

  static PublishResult publishProd(AdapterStore store, AdapterName name, int seed)
      throws IOException {
    return store.publish(PublishRequest.of(name, adapter(seed, 0.9)).alias("prod"), ME);
  }

  final void assertNothingIsLeftInTheClear() throws IOException {
    try (Stream<Path> files = Files.list(location.directory().resolve("tmp"))) {
      assertEquals(List.of(), files.toList());
    }
  }

  final List<Path> blobs() throws IOException {
    assumeBlobsAreFiles();
    try (Stream<Path> files = Files.list(location.directory().resolve("blobs").resolve("sha256"))) {
      return files.toList();
    }
  }

  final boolean holdsTensorsOf(int seed) throws IOException {
    return hasTensorsOf(seed, location.directory());
  }

  /** Whether any file has a row of one of the adapter's matrices. */
  static boolean hasTensorsOf(int seed, Path directory) throws IOException {
    ByteBuffer row = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 8; i++) {
      row.putFloat((i + 1) / 16f + seed);
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (contains(Files.readAllBytes(file), row.array())) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean contains(byte[] bytes, byte[] wanted) {
    for (int at = 0; at + wanted.length <= bytes.length; at++) {
      if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
        return true;
      }
    }
    return false;
  }
}
