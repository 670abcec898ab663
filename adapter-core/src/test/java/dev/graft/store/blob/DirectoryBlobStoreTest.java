package dev.graft.store.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class DirectoryBlobStoreTest extends BlobStoreContract {
  @Override
  BlobStore newStore() throws IOException {
    DirectoryBlobStore.create(folder);
    return DirectoryBlobStore.in(folder);
  }

  @Override
  void change(String digest, byte[] content) throws IOException {
    Files.write(folder.resolve("blobs/sha256").resolve(digest.substring(7)), content);
  }

  @Override
  long countDamaged() throws IOException {
    try (var files = Files.list(folder.resolve("damaged"))) {
      return files.count();
    }
  }

  @Test
  void sweepsWhatIsOldAndOnlyThat() throws IOException {
    Path part = Files.writeString(folder.resolve("tmp/x.part"), "left");

    assertEquals(0, blobs.sweep(Instant.now().minusSeconds(60), false));
    assertEquals(1, blobs.sweep(Instant.now().plusSeconds(60), true));
    assertEquals(1, blobs.sweep(Instant.now().plusSeconds(60), false));
    assertEquals(false, Files.exists(part));
  }
}
