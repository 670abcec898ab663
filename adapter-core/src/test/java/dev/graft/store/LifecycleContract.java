package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.publish;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AliasConflictException;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What references, states and aliases do, whatever database the index is in. */
abstract class LifecycleContract extends PublishingContract {
  @Test
  void resolvesEveryFormOfReference() throws IOException {
    Version first = publish(store, 1).version();
    Version second = publish(store, 2).version();
    store.promote(first.reference(), "prod", Expected.absent(), ME);

    assertEquals(first, store.resolve(ref("acme/support")));
    assertEquals(first, store.resolve(ref("acme/support:prod")));
    assertEquals(second, store.resolve(ref("acme/support@2")));
    assertEquals(second, store.resolve(ref("acme/support@" + second.digest())));
  }

  @Test
  void doesNotTakeABareNameForTheNewestVersion() throws IOException {
    publish(store, 1);

    var problem = assertThrows(NotInStoreException.class, () -> store.resolve(ref("acme/support")));

    assertTrue(problem.toString().contains("alias \"prod\""), problem.getMessage());
  }

  @Test
  void saysWhatThereIsInsteadOfWhatIsMissing() throws IOException {
    publish(store, 1);

    assertEquals(
        "adapter \"acme/suport\" is not in the registry; did you mean \"support\"?",
        assertThrows(NotInStoreException.class, () -> store.resolve(ref("acme/suport@1")))
            .getMessage());
    assertEquals(
        "acme/support@7 is not in the registry; there are versions 1 to 1 and the aliases []",
        assertThrows(NotInStoreException.class, () -> store.resolve(ref("acme/support@7")))
            .getMessage());
  }

  @Test
  void refusesABlockedVersionAtOnceWhateverPointsToIt() throws IOException {
    publish(store, 1);
    store.promote(ref("acme/support@1"), "prod", Expected.anything(), ME);
    store.setState(ref("acme/support"), VersionState.BLOCKED, ME);

    assertThrows(VersionStateException.class, () -> store.resolve(ref("acme/support")));
    assertThrows(VersionStateException.class, () -> store.load(ref("acme/support@1")));
    assertThrows(VersionStateException.class, () -> publish(store, 1));
    assertEquals(VersionState.BLOCKED, store.find(ref("acme/support@1")).state());
    store.setState(ref("acme/support@1"), VersionState.ACTIVE, ME);
    assertEquals(1, store.resolve(ref("acme/support")).number());
  }

  @Test
  void deletesForGoodButNotUnderAnAlias() throws IOException {
    publish(store, 1);
    store.promote(ref("acme/support@1"), "prod", Expected.anything(), ME);

    assertThrows(
        VersionStateException.class,
        () -> store.setState(ref("acme/support@1"), VersionState.DELETED, ME));
    store.removeAlias(SUPPORT, "prod", Expected.version(1), ME);
    store.setState(ref("acme/support@1"), VersionState.DELETED, ME);

    assertThrows(VersionStateException.class, () -> store.resolve(ref("acme/support@1")));
    assertThrows(
        VersionStateException.class,
        () -> store.setState(ref("acme/support@1"), VersionState.ACTIVE, ME));
    assertEquals(2, publish(store, 1).version().number());
    assertSound();
  }

  @Test
  void rollsBackRepeatedlyThroughEarlierTargets() throws IOException {
    for (int seed = 1; seed <= 4; seed++) {
      publish(store, seed);
    }
    promote(1);
    promote(2);
    promote(3);

    assertEquals(2, rollback());
    promote(4);
    assertEquals(2, rollback());
    assertEquals(1, rollback());
    assertThrows(NotInStoreException.class, this::rollback);

    assertEquals(
        List.of(1, 2, 4, 2, 3, 2, 1),
        store.history(SUPPORT, "prod").stream().map(move -> move.version().orElseThrow()).toList());
    assertSound();
  }

  @Test
  void skipsWhatIsNotServedWhenRollingBack() throws IOException {
    for (int seed = 1; seed <= 3; seed++) {
      publish(store, seed);
      promote(seed);
    }
    store.setState(ref("acme/support@2"), VersionState.BLOCKED, ME);

    AliasChange change = store.rollback(SUPPORT, "prod", Expected.version(3), ME);

    assertEquals(List.of(2), change.skipped());
    assertEquals(1, change.after().orElseThrow().version());
  }

  @Test
  void bringsBackARemovedAliasByRollingBack() throws IOException {
    publish(store, 1);
    promote(1);
    store.removeAlias(SUPPORT, "prod", Expected.anything(), ME);
    assertEquals(Optional.empty(), store.alias(SUPPORT, "prod"));

    assertEquals(1, rollback());

    assertEquals(
        List.of(AliasMove.Kind.ROLLBACK, AliasMove.Kind.REMOVE, AliasMove.Kind.PROMOTE),
        store.history(SUPPORT, "prod").stream().map(AliasMove::kind).toList());
  }

  @Test
  void movesAnAliasOnlyFromWhereItWasExpected() throws IOException {
    publish(store, 1);
    publish(store, 2);
    promote(1);
    Expected seen = Expected.unchanged(store.alias(SUPPORT, "prod"));
    promote(2);
    promote(1);

    var problem =
        assertThrows(
            AliasConflictException.class,
            () -> store.promote(ref("acme/support@2"), "prod", seen, ME));
    assertThrows(
        AliasConflictException.class,
        () -> store.promote(ref("acme/support@2"), "prod", Expected.absent(), ME));

    assertEquals(3, problem.found().orElseThrow().revision());
    store.promote(ref("acme/support@2"), "prod", Expected.version(1), ME);
    assertEquals(2, store.resolve(ref("acme/support")).number());
  }

  @Test
  void publishesNothingWhenItsAliasWasMovedMeanwhile() throws IOException {
    publish(store, 1);
    promote(1);
    PublishRequest request =
        PublishRequest.of(SUPPORT, adapter(2, 0.9)).alias("prod", Expected.absent());

    assertThrows(AliasConflictException.class, () -> store.publish(request, ME));

    assertEquals(1, store.versions(SUPPORT).size());
  }

  @Test
  void ordersTheMovesOfFourProcesses() throws Exception {
    for (int seed = 1; seed <= 4; seed++) {
      publish(store, seed);
    }
    MoveHistory history = new MoveHistory();
    List<Worker> workers = new ArrayList<>();
    try {
      for (int seed = 1; seed <= 4; seed++) {
        workers.add(Worker.start("move", seed, location));
      }
      for (Worker worker : workers) {
        worker.awaitReady();
      }
      for (Worker worker : workers) {
        history.add(worker.rest());
      }
    } finally {
      workers.forEach(Worker::close);
    }

    history.assertLinearizable();
    assertTrue(history.moves() >= 25, "moves: " + history.moves());
    assertEquals(history.moves(), store.history(SUPPORT, "prod").size());
    assertSound();
  }

  @Test
  void readsTheLogOfOneAdapter() throws IOException {
    Version first = publish(store, 1).version();
    store.publish(PublishRequest.of(AdapterName.parse("acme/support2"), adapter(2, 0.9)), ME);
    store.publish(PublishRequest.of(AdapterName.parse("acme/supp"), adapter(3, 0.9)), ME);
    store.promote(first.reference(), "prod", Expected.absent(), ME);
    store.setState(first.reference(), VersionState.DEPRECATED, ME);

    assertEquals(
        List.of("deprecate", "promote", "publish"),
        store.audit(SUPPORT, 9).stream().map(AuditLine::action).toList());
    assertEquals("deprecate", store.audit(SUPPORT, 1).get(0).action());
    assertEquals(1, store.audit(AdapterName.parse("acme/supp"), 9).size());
    assertThrows(NotInStoreException.class, () -> store.audit(AdapterName.parse("acme/suport"), 9));
  }

  @Test
  void countsWhatIsStoredOnce() throws IOException {
    assertEquals(new BlobTotals(0, 0), store.blobTotals());
    publish(store, 1);
    BlobTotals once = store.blobTotals();
    store.createTenant("globex", Quota.NONE, ME);
    store.publish(PublishRequest.of(AdapterName.parse("globex/desk"), adapter(1, 0.9)), ME);

    assertEquals(4, once.blobs());
    assertEquals(once, store.blobTotals());
    assertTrue(once.bytes() >= store.tenant("acme").usedBytes(), once::toString);
    assertTrue(
        once.bytes() < store.tenant("acme").usedBytes() + store.tenant("globex").usedBytes(),
        once::toString);
  }
}
