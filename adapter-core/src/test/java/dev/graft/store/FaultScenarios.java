package dev.graft.store;

import static dev.graft.store.FaultPlace.SECRET;
import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.files.AtomicFiles;
import dev.graft.store.keys.KeyDirectory;
import dev.graft.store.model.KeyUnavailableException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.VersionFile;
import dev.graft.store.model.VersionState;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** All that touches the disk. */
final class FaultScenarios {
  private FaultScenarios() {}

  static Stream<FaultScenario> all() {
    return Stream.of(
        createRegistry(),
        createKeys(),
        createEncryptedTenant(),
        publish("publish", PublishRequest.of(SUPPORT, adapter(7, 0.9)), "acme/support:live"),
        publishDirectory(),
        publish(
            "publish encrypted", PublishRequest.of(SECRET, adapter(7, 0.9)), "globex/support:live"),
        tryToPublish(),
        pull(),
        pullOver(),
        load(),
        promote(),
        collect(),
        checkAndRepair(),
        erase("acme"),
        erase("globex"),
        rotateKey(),
        encrypt(),
        rotateMaster(),
        migrate());
  }

  private static void nothing(FaultPlace place) {}

  private static FaultScenario createRegistry() {
    return new FaultScenario(
        "create a registry",
        place -> AtomicFiles.deleteTree(place.location().directory()),
        place -> AdapterStore.create(place.location()).close(),
        FaultScenarios::nothing,
        place -> {
          place.assertSound();
          try (AdapterStore store = place.open()) {
            assertEquals("acme", store.createTenant("acme", Quota.NONE, ME).name());
          }
        });
  }

  private static FaultScenario createKeys() {
    return new FaultScenario(
        "create keys",
        place -> AtomicFiles.deleteTree(place.keys()),
        place -> {
          try {
            KeyDirectory.create(place.keys(), Optional.empty());
          } catch (KeyUnavailableException e) {
            // Complete, although it could not be told so the time before.
            if (!Files.exists(place.keys().resolve("graft-keys.json"))) {
              throw e;
            }
            KeyDirectory.open(place.keys(), Optional.empty());
          }
        },
        FaultScenarios::nothing,
        place -> {
          KeyDirectory keys = KeyDirectory.open(place.keys(), Optional.empty());
          String id = keys.create("acme").id();
          assertEquals(id, keys.get("acme", id).id());
        });
  }

  private static FaultScenario createEncryptedTenant() {
    return new FaultScenario(
        "create an encrypted tenant",
        FaultScenarios::nothing,
        place -> {
          try (AdapterStore store = place.open()) {
            store.createEncryptedTenant("initech", Quota.NONE, ME);
          }
        },
        FaultPlace::assertKept,
        place -> {
          try (AdapterStore store = place.open()) {
            String key = store.tenant("initech").keyId();
            assertEquals(
                key, KeyDirectory.open(place.keys(), Optional.empty()).get("initech", key).id());
          }
        });
  }

  private static FaultScenario publish(String name, PublishRequest request, String reference) {
    return new FaultScenario(
        name,
        FaultScenarios::nothing,
        place -> {
          try (AdapterStore store = place.open()) {
            store.publish(request.alias("live"), ME);
          }
        },
        FaultPlace::assertKept,
        place -> place.assertLive(reference, 7));
  }

  private static FaultScenario publishDirectory() {
    return new FaultScenario(
        "publish a directory",
        FaultScenarios::nothing,
        place -> {
          try (AdapterStore store = place.open()) {
            store.publish(PublishRequest.of(SUPPORT, place.source()).alias("live"), ME);
          }
        },
        FaultPlace::assertKept,
        place -> place.assertLive("acme/support:live", 7));
  }

  private static FaultScenario tryToPublish() {
    return new FaultScenario(
        "try to publish",
        FaultScenarios::nothing,
        place -> {
          try (AdapterStore store = place.open()) {
            store.publish(PublishRequest.of(SECRET, adapter(7, 0.9)), ME.dry());
          }
        },
        FaultPlace::assertKept,
        place -> {
          try (AdapterStore store = place.open()) {
            assertEquals(1, store.versions(SECRET).size());
          }
        });
  }

  private static FaultScenario pull() {
    return new FaultScenario(
        "pull",
        place -> AtomicFiles.deleteTree(place.target()),
        place -> {
          try (AdapterStore store = place.open()) {
            store.pull(ref("globex/support"), place.target(), false);
          }
        },
        place -> {
          place.assertKept();
          // What was renamed and could not be forced after that is whole, too.
          if (Files.exists(place.target())) {
            assertEquals(adapter(3, 0.9), place.inTarget());
            AtomicFiles.deleteTree(place.target());
          }
        },
        place -> assertEquals(adapter(3, 0.9), place.inTarget()));
  }

  private static FaultScenario pullOver() {
    return new FaultScenario(
        "pull over what was pulled",
        FaultScenarios::nothing,
        place -> {
          try (AdapterStore store = place.open()) {
            store.pull(ref("acme/support@1"), place.target(), true);
          }
        },
        place -> {
          place.assertKept();
          assertTrue(List.of(adapter(1, 0.9), adapter(2, 0.9)).contains(wholeTarget(place)));
        },
        place -> assertEquals(adapter(1, 0.9), place.inTarget()));
  }

  /** In its place or, where the disk could not even put it back, aside. */
  private static Adapter wholeTarget(FaultPlace place) throws IOException {
    if (Files.exists(place.target())) {
      return place.inTarget();
    }
    try (Stream<Path> entries = Files.list(place.folder())) {
      Path old = entries.filter(e -> e.toString().endsWith(".old")).findFirst().orElseThrow();
      return new PeftFormat().load(old, ReadOptions.strict()).adapter();
    }
  }

  private static FaultScenario load() {
    return new FaultScenario(
        "load",
        FaultScenarios::nothing,
        place -> {
          try (AdapterStore store = place.open()) {
            assertEquals(adapter(3, 0.9), store.load(ref("globex/support")).adapter());
          }
        },
        FaultPlace::assertKept,
        FaultScenarios::nothing);
  }

  private static FaultScenario promote() {
    return new FaultScenario(
        "promote",
        FaultScenarios::nothing,
        place -> {
          try (AdapterStore store = place.open()) {
            store.promote(ref("acme/support@2"), "prod", Expected.anything(), ME);
          }
        },
        FaultPlace::assertKept,
        place -> place.assertLive("acme/support:prod", 2));
  }

  private static FaultScenario collect() {
    return new FaultScenario(
        "collect",
        place -> {
          try (AdapterStore store = place.open()) {
            store.publish(PublishRequest.of(SUPPORT, adapter(9, 0.9)), ME);
            store.setState(ref("acme/support@3"), VersionState.DELETED, ME);
          }
        },
        place -> {
          try (AdapterStore store = place.open()) {
            store.collect(Duration.ZERO, ME);
          }
        },
        FaultPlace::assertKept,
        place -> {
          try (AdapterStore store = place.open()) {
            assertEquals(List.of(), store.check(ME.dry()).findings());
          }
        });
  }

  private static FaultScenario checkAndRepair() {
    return new FaultScenario(
        "check and repair",
        place -> {
          try (AdapterStore store = place.open()) {
            VersionFile file = store.details(ref("acme/support@1")).files().get(1);
            Path blob = place.location().directory().resolve("blobs/sha256");
            Files.write(blob.resolve(file.blob().substring("sha256:".length())), new byte[5]);
          }
        },
        place -> {
          try (AdapterStore store = place.open()) {
            store.check(ME);
          }
        },
        FaultScenarios::assertOneBlobIsBad,
        FaultScenarios::assertCanBeHealed);
  }

  private static void assertOneBlobIsBad(FaultPlace place) throws IOException {
    try (AdapterStore store = place.open()) {
      List<Finding> errors = FaultPlace.errors(store);
      assertEquals(1, errors.size(), errors.toString());
      assertTrue(errors.get(0).explanation().contains("acme/support@1"), errors.toString());
    }
    place.assertLive("acme/support@2", 2);
    place.assertLive("globex/support:prod", 3);
  }

  private static void assertCanBeHealed(FaultPlace place) throws IOException {
    assertOneBlobIsBad(place);
    try (AdapterStore store = place.open()) {
      assertEquals(VersionState.BLOCKED, store.find(ref("acme/support@1")).state());
      assertThrows(
          VersionStateException.class,
          () -> store.publish(PublishRequest.of(SUPPORT, adapter(1, 0.9)), ME));
      store.setState(ref("acme/support@1"), VersionState.ACTIVE, ME);
    }
    place.assertKept();
  }

  private static FaultScenario erase(String tenant) {
    return new FaultScenario(
        "erase " + tenant,
        FaultScenarios::nothing,
        place -> {
          try (AdapterStore store = place.open()) {
            Erasure erasure = store.eraseTenant(tenant, ME);
            Files.writeString(certificate(place), erasure.json());
          }
        },
        place -> {
          place.assertSound();
          assertOtherIsKept(place, tenant);
        },
        place -> {
          place.assertSound();
          assertOtherIsKept(place, tenant);
          try (AdapterStore store = place.open()) {
            assertEquals(List.of(), store.verifyErasure(Files.readString(certificate(place))));
          }
        });
  }

  /** Past the faults. */
  private static Path certificate(FaultPlace place) {
    return Path.of(place.folder().toString(), "certificate.json");
  }

  private static void assertOtherIsKept(FaultPlace place, String erased) throws IOException {
    if (erased.equals("acme")) {
      place.assertLive("globex/support:prod", 3);
    } else {
      place.assertLive("acme/support@1", 1);
    }
  }

  private static FaultScenario rotateKey() {
    return new FaultScenario(
        "rotate a key",
        FaultScenarios::nothing,
        place -> {
          try (AdapterStore store = place.open()) {
            store.rotateKey("globex", true, ME);
          }
        },
        FaultPlace::assertKept,
        place -> {
          place.assertKept();
          try (AdapterStore store = place.open()) {
            assertEquals(
                List.of(store.tenant("globex").keyId()),
                KeyDirectory.open(place.keys(), Optional.empty()).list("globex"));
          }
        });
  }

  private static FaultScenario encrypt() {
    return new FaultScenario(
        "encrypt a tenant",
        FaultScenarios::nothing,
        place -> {
          try (AdapterStore store = place.open()) {
            store.encryptTenant("acme", ME);
          }
        },
        FaultPlace::assertKept,
        place -> {
          place.assertKept();
          assertNothingIsInTheClear(place);
        });
  }

  /** Copies in {@code tmp} that could not be deleted are swept later. */
  private static void assertNothingIsInTheClear(FaultPlace place) throws IOException {
    try (Stream<Path> files = Files.list(place.location().directory().resolve("blobs/sha256"))) {
      for (Path file : files.toList()) {
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        assertFalse(text.contains("lora_A.weight"), file.toString());
      }
    }
  }

  private static FaultScenario rotateMaster() {
    return new FaultScenario(
        "rotate the master key",
        FaultScenarios::nothing,
        place -> KeyDirectory.open(place.keys(), Optional.empty()).rotateMaster(),
        FaultPlace::assertKept,
        FaultPlace::assertKept);
  }

  private static FaultScenario migrate() {
    return new FaultScenario(
        "migrate",
        place -> {
          AtomicFiles.deleteTree(place.location().directory());
          Files.move(OldStores.unpackFirst(place.folder()), place.location().directory());
        },
        place -> AdapterStore.migrate(place.location(), ME),
        FaultScenarios::nothing,
        place -> {
          place.assertSound();
          place.assertLive("acme/support:candidate", 2);
        });
  }
}
