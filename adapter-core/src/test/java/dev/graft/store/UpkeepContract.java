package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.publish;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.format.PeftFormat;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What collecting garbage, checking and repairing do, whatever database the index is in. */
abstract class UpkeepContract extends LifecycleContract {
  @Test
  void collectsOnlyWhatNothingRefersTo() throws IOException {
    publish(store, 1);
    Version second = publish(store, 2).version();
    writeBlob("12".repeat(32), "orphan".getBytes(StandardCharsets.UTF_8));
    store.setState(second.reference(), VersionState.DELETED, ME);
    sleepAMoment();

    CollectionReport young = store.collect(Duration.ofHours(1), ME);
    CollectionReport tried = store.collect(Duration.ZERO, ME.dry());
    CollectionReport done = store.collect(Duration.ZERO, ME);

    assertEquals(0, young.blobs());
    assertEquals(tried, done);
    assertTrue(done.blobs() >= 3, done.toString());
    store.load(ref("acme/support@1"));
    assertSound();
    assertEquals(3, publish(store, 2).version().number());
    store.load(ref("acme/support@3"));
  }

  /** Time stamps of files are coarser than clocks. */
  private static void sleepAMoment() {
    try {
      Thread.sleep(30);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void findsAndRepairsAChangedAndAMissingBlob() throws IOException {
    publish(store, 1);
    publish(store, 2);
    publish(store, 3);
    byte[] bytes = readBlob(blobOf(1));
    bytes[bytes.length - 1] ^= 1;
    writeBlob(blobOf(1), bytes);
    deleteBlob(blobOf(2));

    CheckReport tried = store.check(ME.dry());
    CheckReport repaired = store.check(ME);

    assertFalse(tried.isSound());
    assertEquals(
        List.of(Finding.Kind.CHANGED_BLOB, Finding.Kind.MISSING_BLOB),
        tried.findings().stream().map(Finding::kind).sorted(this::byName).toList());
    assertTrue(repaired.isSound());
    assertThrows(VersionStateException.class, () -> store.load(ref("acme/support@1")));
    assertThrows(VersionStateException.class, () -> store.load(ref("acme/support@2")));
    store.load(ref("acme/support@3"));

    assertThrows(VersionStateException.class, () -> publish(store, 1));
    store.setState(ref("acme/support@1"), VersionState.ACTIVE, ME);
    store.load(ref("acme/support@1"));
  }

  private int byName(Finding.Kind one, Finding.Kind other) {
    return one.name().compareTo(other.name());
  }

  private String blobOf(int version) throws IOException {
    return store.details(SUPPORT.version(version)).files().stream()
        .filter(file -> file.name().equals(PeftFormat.TENSOR_FILE))
        .findFirst()
        .orElseThrow()
        .digest()
        .substring("sha256:".length());
  }

  @Test
  void healsADamagedBlobByPublishingItAgain() throws IOException {
    publish(store, 1);
    writeBlob(blobOf(1), "broken".getBytes(StandardCharsets.UTF_8));

    publish(store, 1);

    store.load(ref("acme/support@1"));
    assertSound();
  }

  @Test
  void findsAndRepairsWrongTotalsAndAliases() throws Exception {
    publish(store, 1);
    publish(store, 2);
    promote(1);
    promote(2);
    sql(
        "UPDATE tenant SET used_bytes = 7",
        "UPDATE alias SET version = 1",
        "UPDATE version SET state = 'deleted' WHERE version = 2");

    CheckReport repaired = store.check(ME);
    CheckReport again = store.check(ME);

    assertEquals(
        List.of(Finding.Kind.WRONG_TOTALS, Finding.Kind.ALIAS_OFF_HISTORY),
        repaired.findings().stream().map(Finding::kind).filter(Finding.Kind::isError).toList());
    assertEquals(
        List.of(Finding.Kind.ALIAS_TO_DELETED),
        again.findings().stream().map(Finding::kind).filter(Finding.Kind::isError).toList());
    assertEquals(Optional.empty(), store.alias(SUPPORT, "prod"));
    assertEquals(1, rollback());
    assertSound();
  }
}
