package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.adapter;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.store.model.AdapterName;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.TenantState;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Something that is done to one tenant of a registry whose index fails.
 *
 * @param name for reports
 * @param prepare what comes before
 * @param operation what is done; again where it failed
 * @param untouched holds when the operation has failed
 * @param done holds when it was done
 */
record IndexScenario(String name, Step prepare, Step operation, Step untouched, Step done) {
  /** Works on a tenant. */
  interface Step {
    void with(AdapterStore store, String tenant) throws IOException;
  }

  @Override
  public String toString() {
    return name;
  }

  private static AdapterName adapterOf(String tenant) {
    return AdapterName.parse(tenant + "/support");
  }

  private static void create(AdapterStore store, String tenant) throws IOException {
    store.createTenant(tenant, Quota.NONE, ME);
  }

  /** Equal content of other tenants is the same blobs, which keeps the store small. */
  private static void publish(AdapterStore store, String tenant, int seed) throws IOException {
    store.publish(PublishRequest.of(adapterOf(tenant), adapter(seed, 0.9)).alias("prod"), ME);
  }

  private static void createWithTwo(AdapterStore store, String tenant) throws IOException {
    create(store, tenant);
    publish(store, tenant, 1);
    store.publish(PublishRequest.of(adapterOf(tenant), adapter(2, 0.9)), ME);
  }

  private static void assertLive(AdapterStore store, String tenant, int version, int moves)
      throws IOException {
    AdapterName adapter = adapterOf(tenant);
    assertEquals(version, store.resolve(adapter.alias("prod")).number());
    assertEquals(moves, store.history(adapter, "prod").size());
    assertEquals(adapter(version, 0.9), store.load(adapter.alias("prod")).adapter());
  }

  static List<IndexScenario> all() {
    return List.of(publish(), promote(), rollback(), erase(), collect());
  }

  private static IndexScenario publish() {
    return new IndexScenario(
        "publish",
        IndexScenario::create,
        (store, tenant) -> publish(store, tenant, 1),
        (store, tenant) -> {
          assertEquals(0, store.tenant(tenant).usedVersions());
          assertEquals(List.of(), store.adapters(tenant));
          assertThrows(
              NotInStoreException.class, () -> store.resolve(adapterOf(tenant).version(1)));
        },
        (store, tenant) -> {
          assertLive(store, tenant, 1, 1);
          assertEquals(1, store.tenant(tenant).usedVersions());
        });
  }

  private static IndexScenario promote() {
    return new IndexScenario(
        "promote",
        IndexScenario::createWithTwo,
        (store, tenant) ->
            store.promote(adapterOf(tenant).version(2), "prod", Expected.anything(), ME),
        (store, tenant) -> assertLive(store, tenant, 1, 1),
        (store, tenant) -> assertLive(store, tenant, 2, 2));
  }

  private static IndexScenario rollback() {
    return new IndexScenario(
        "roll back",
        (store, tenant) -> {
          createWithTwo(store, tenant);
          store.promote(adapterOf(tenant).version(2), "prod", Expected.anything(), ME);
        },
        (store, tenant) -> store.rollback(adapterOf(tenant), "prod", Expected.anything(), ME),
        (store, tenant) -> assertLive(store, tenant, 2, 2),
        (store, tenant) -> assertLive(store, tenant, 1, 3));
  }

  private static IndexScenario erase() {
    return new IndexScenario(
        "erase",
        IndexScenario::createWithTwo,
        (store, tenant) -> store.eraseTenant(tenant, ME),
        (store, tenant) -> {
          if (store.tenant(tenant).state() == TenantState.ACTIVE) {
            assertLive(store, tenant, 1, 1);
          }
        },
        (store, tenant) -> {
          String certificate = store.eraseTenant(tenant, ME).json();
          assertEquals(List.of(), store.verifyErasure(certificate));
        });
  }

  private static IndexScenario collect() {
    return new IndexScenario(
        "collect",
        (store, tenant) -> {
          createWithTwo(store, tenant);
          store.publish(PublishRequest.of(adapterOf(tenant), adapter(tenant.hashCode(), 0.9)), ME);
          store.setState(adapterOf(tenant).version(3), VersionState.DELETED, ME);
        },
        (store, tenant) -> store.collect(Duration.ZERO, ME),
        (store, tenant) -> assertLive(store, tenant, 1, 1),
        (store, tenant) -> {
          assertLive(store, tenant, 1, 1);
          assertEquals(List.of(), store.check(ME.dry()).findings());
        });
  }
}
