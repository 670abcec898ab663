package dev.graft.store;

import static dev.graft.store.StoreSamples.BASE;
import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.TOKENIZER;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.publish;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.store.check.Gate;
import dev.graft.store.check.NotWorseThan;
import dev.graft.store.check.PublishCheck;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.PublishRefusedException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.QuotaExceededException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What publishing does, whatever database the index is in. */
abstract class PublishingContract extends ErasureContract {
  @Test
  void publishesVersionsThatCountUp() throws IOException {
    Adapter content = adapter(1, 0.5);

    PublishResult first = store.publish(PublishRequest.of(SUPPORT, content), ME.note("first"));
    PublishResult second = publish(store, 2);

    assertTrue(first.isNew());
    Version version = first.version();
    assertEquals(1, version.number());
    assertEquals(content.digest(), version.digest());
    assertEquals(BASE, version.baseDigest());
    assertEquals(TOKENIZER, version.tokenizerDigest());
    assertEquals("LORA", version.type());
    assertEquals(2, version.rank());
    assertEquals(Map.of("evalAccuracy", 0.5, "evalLoss", 0.5), version.metrics());
    assertEquals("tester", version.author());
    assertEquals("first", version.note());
    assertEquals(2, second.version().number());
    assertEquals(List.of(version, second.version()), store.versions(SUPPORT));
    assertSound();
  }

  @Test
  void givesBackTheBytesThatWerePublished() throws IOException {
    Path source = folder.resolve("source");
    new PeftFormat().write(adapter(1, 0.9), source);
    store.publish(PublishRequest.of(SUPPORT, source).alias("prod"), ME);

    store.pull(ref("acme/support"), folder.resolve("pulled"), false);

    for (String name : List.of(PeftFormat.CONFIG_FILE, PeftFormat.TENSOR_FILE, "graft.json")) {
      assertArrayEquals(
          Files.readAllBytes(source.resolve(name)),
          Files.readAllBytes(folder.resolve("pulled").resolve(name)));
    }
    assertEquals(adapter(1, 0.9), store.load(ref("acme/support@1")).adapter());
  }

  @Test
  void storesEqualContentOnceAndMakesNoSecondVersionOfIt() throws IOException {
    Version first = publish(store, 1).version();
    PublishResult again =
        store.publish(PublishRequest.of(SUPPORT, adapter(1, 0.9)).alias("prod"), ME);
    store.publish(PublishRequest.of(AdapterName.parse("acme/other"), adapter(1, 0.9)), ME);

    assertFalse(again.isNew());
    assertEquals(first, again.version());
    assertEquals(1, store.resolve(ref("acme/support")).number());
    assertEquals(4, countBlobs());
    assertSound();
  }

  @Test
  void refusesAnUnknownTenantAndOffersNearOnes() {
    PublishRequest request = PublishRequest.of(AdapterName.parse("acne/support"), adapter(1, 0.9));

    var problem = assertThrows(NotInStoreException.class, () -> store.publish(request, ME));

    assertTrue(problem.toString().contains("did you mean \"acme\"?"), problem.getMessage());
  }

  @Test
  void refusesAnAdapterThatDoesNotSayItsBaseUntilItIsGiven() throws IOException {
    Adapter foreign = adapter(1, GraftRecord.empty());

    assertThrows(
        PublishRefusedException.class,
        () -> store.publish(PublishRequest.of(SUPPORT, foreign), ME));
    Version bound =
        store
            .publish(
                PublishRequest.of(SUPPORT, foreign).baseDigest(BASE).tokenizerDigest(TOKENIZER), ME)
            .version();

    assertEquals(Optional.of(BASE), store.load(bound.reference()).adapter().record().baseDigest());
  }

  @Test
  void refusesAnotherBaseInOneLineUntilItIsAllowed() throws IOException {
    publish(store, 1);
    String other = "sha256:" + "0f".repeat(32);
    Adapter moved =
        adapter(2, GraftRecord.builder().baseDigest(other).tokenizerDigest(TOKENIZER).build());

    var problem =
        assertThrows(
            PublishRefusedException.class,
            () -> store.publish(PublishRequest.of(SUPPORT, moved), ME));
    store.publish(PublishRequest.of(SUPPORT, moved).allowNewBase(), ME);

    assertTrue(problem.toString().contains(other), problem.getMessage());
    assertEquals(other, store.find(ref("acme/support@2")).baseDigest());
  }

  @Test
  void refusesAVersionThatMissesAGateAndPublishesNothing() throws IOException {
    PublishRequest request =
        PublishRequest.of(SUPPORT, adapter(1, 0.85))
            .alias("prod")
            .require(Gate.parse("evalAccuracy>=0.9"));

    var problem = assertThrows(PublishRefusedException.class, () -> store.publish(request, ME));

    assertTrue(problem.toString().contains("found 0.85"), problem.getMessage());
    assertEquals(List.of(), store.adapters("acme"));
  }

  @Test
  void refusesAVersionWorseThanTheLiveOne() throws IOException {
    NotWorseThan prod = NotWorseThan.parse("prod");
    store.publish(PublishRequest.of(SUPPORT, adapter(1, 0.9)).alias("prod").notWorseThan(prod), ME);

    assertThrows(
        PublishRefusedException.class,
        () -> store.publish(PublishRequest.of(SUPPORT, adapter(2, 0.89)).notWorseThan(prod), ME));
    store.publish(PublishRequest.of(SUPPORT, adapter(3, 0.91)).notWorseThan(prod), ME);

    assertEquals(2, store.versions(SUPPORT).size());
  }

  @Test
  void storesNothingOfAnAdapterThatACheckRefuses() throws IOException {
    assumeBlobsAreFiles();
    PublishRequest request =
        PublishRequest.of(SUPPORT, adapter(1, 0.9))
            .check(seen -> new PublishCheck.Findings(List.of("too loud", "mend it"), List.of(), 0));

    var problem = assertThrows(PublishRefusedException.class, () -> store.publish(request, ME));
    assertThrows(PublishRefusedException.class, () -> store.publish(request, ME.dry()));

    assertEquals("acme/support is not published: too loud; mend it", problem.getMessage());
    assertEquals(List.of(), store.adapters("acme"));
    try (var blobs = Files.list(location.directory().resolve("blobs/sha256"))) {
      assertEquals(0, blobs.count());
    }
  }

  @Test
  void checksWhatIsStoredAndNotesHowMuchWasChecked() throws IOException {
    List<Adapter> seen = new ArrayList<>();
    PublishRequest request =
        PublishRequest.of(SUPPORT, adapter(1, GraftRecord.empty()))
            .baseDigest(BASE)
            .tokenizerDigest(TOKENIZER)
            .check(
                content -> {
                  seen.add(content);
                  return new PublishCheck.Findings(List.of(), List.of("a bit loud"), 2);
                });

    PublishResult result = store.publish(request, ME);

    assertEquals(List.of(store.load(ref("acme/support@1")).adapter()), seen);
    assertEquals(OptionalInt.of(2), result.probesChecked());
    assertEquals(List.of("a bit loud"), result.warnings());
    String detail = store.audit(Optional.empty(), 1).get(0).detail();
    assertTrue(detail.contains("\"probesChecked\":2"), detail);
    assertEquals(OptionalInt.empty(), publish(store, 2).probesChecked());
    assertSound();
  }

  @Test
  void holdsATenantToItsQuotaUntilVersionsAreDeleted() throws IOException {
    long size = publish(store, 1).version().sizeBytes();
    store.setQuota("acme", Quota.of(10 * size, 2), ME);
    publish(store, 2);

    assertThrows(QuotaExceededException.class, () -> publish(store, 3));
    store.setState(ref("acme/support@1"), VersionState.DELETED, ME);
    publish(store, 3);
    store.setQuota("acme", Quota.of(2 * size, 10), ME);

    assertThrows(QuotaExceededException.class, () -> publish(store, 4));
    Tenant tenant = store.tenant("acme");
    assertEquals(2, tenant.usedVersions());
    assertSound();
  }

  @Test
  void changesNothingInADryRun() throws IOException {
    PublishResult tried =
        store.publish(PublishRequest.of(SUPPORT, adapter(1, 0.9)).alias("prod"), ME.dry());

    assertEquals(1, tried.version().number());
    assertEquals(List.of(), store.adapters("acme"));
    assertEquals(1, store.audit(Optional.empty(), 10).size());
    assertEquals(0, countBlobs());
    assertEquals(tried.version().digest(), publish(store, 1).version().digest());
  }
}
