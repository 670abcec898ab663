package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A registry with the tenant {@code acme}, over whatever database a subclass gives. */
abstract class StoreFixture {
  @TempDir Path folder;
  StoreLocation location = StoreLocation.directory(Path.of("unset"));
  AdapterStore store;

  /** A place without a registry. */
  abstract StoreLocation newLocation(Path folder) throws Exception;

  /** A connection to the index, past the registry. */
  abstract Connection connect(StoreLocation place) throws SQLException;

  /** Statements that switch off the guard of the audit log. */
  abstract List<String> unguardAudit();

  /** How many blobs there are, past the registry. */
  long countBlobs() throws IOException {
    try (Stream<Path> blobs = Files.list(location.directory().resolve("blobs/sha256"))) {
      return blobs.count();
    }
  }

  /** Write what is kept under a digest's hexadecimal digits, past the registry. */
  void writeBlob(String hex, byte[] content) throws IOException {
    Files.write(fileOf(hex), content);
  }

  /** What is kept under a digest's hexadecimal digits. */
  byte[] readBlob(String hex) throws IOException {
    return Files.readAllBytes(fileOf(hex));
  }

  /** Delete what is kept under a digest's hexadecimal digits, past the registry. */
  void deleteBlob(String hex) throws IOException {
    Files.delete(fileOf(hex));
  }

  private Path fileOf(String hex) {
    return location.directory().resolve("blobs/sha256").resolve(hex);
  }

  @BeforeEach
  void openAStoreWithATenant() throws Exception {
    location = newLocation(folder);
    store = StoreSamples.withTenant(location);
  }

  @AfterEach
  void close() {
    if (store != null) {
      store.close();
    }
  }

  final void sql(String... statements) throws SQLException {
    try (Connection connection = connect(location);
        Statement statement = connection.createStatement()) {
      for (String text : statements) {
        statement.execute(text);
      }
    }
  }

  final void assertSound() throws IOException {
    CheckReport report = store.check(ME.dry());
    assertEquals(List.of(), report.findings().stream().filter(f -> f.kind().isError()).toList());
  }

  final void promote(int version) throws IOException {
    store.promote(SUPPORT.version(version), "prod", Expected.anything(), ME);
  }

  final int rollback() throws IOException {
    return store.rollback(SUPPORT, "prod", Expected.anything(), ME).after().orElseThrow().version();
  }

  /** Skips what looks at the blobs as files. */
  final void assumeBlobsAreFiles() {
    Assumptions.assumeTrue(
        Files.isDirectory(location.directory().resolve("blobs").resolve("sha256")),
        "the blobs of this registry are in a bucket");
  }
}
