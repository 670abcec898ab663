package dev.graft.store.index;

import dev.graft.store.model.TenantState;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The table {@code erasure}, and taking a tenant's rows out of the others. */
public final class Erasures {
  /** Rows that name a version before the versions, and those before their adapters. */
  private static final List<String> TABLES =
      List.of(
          "version_file",
          "tag",
          "signature",
          "alias",
          "alias_move",
          "parent",
          "version",
          "adapter",
          "trusted_key");

  private final Handle handle;

  Erasures(Handle handle) {
    this.handle = handle;
  }

  /**
   * What was or is being erased.
   *
   * @param certificate JSON; while the tenant is being erased, what will be
   * @param digest of the certificate; empty while the tenant is being erased
   * @param sequence the audit line that has the digest; 0 while the tenant is being erased
   */
  public record Erasure(String certificate, String digest, long sequence) {}

  /** What was erased of a tenant. */
  public Optional<Erasure> find(String tenant) {
    return handle
        .createQuery("SELECT certificate, digest, sequence FROM erasure WHERE tenant = :tenant")
        .bind("tenant", tenant)
        .map(Row.mapper(row -> new Erasure(row.text(1), row.text(2), row.number(3))))
        .findOne();
  }

  /** Note what will be erased, and that it has begun. */
  public void begin(String tenant, String plan) {
    handle
        .createUpdate(
            "UPDATE tenant SET state = :state, used_bytes = 0, used_versions = 0"
                + " WHERE name = :tenant")
        .bind("state", TenantState.ERASING.text())
        .bind("tenant", tenant)
        .execute();
    handle
        .createUpdate(
            "INSERT INTO erasure (tenant, certificate, digest, sequence)"
                + " VALUES (:tenant, :plan, '', 0)")
        .bind("tenant", tenant)
        .bind("plan", plan)
        .execute();
    handle
        .createUpdate("UPDATE version SET state = 'deleted' WHERE tenant = :tenant")
        .bind("tenant", tenant)
        .execute();
    handle
        .createUpdate("DELETE FROM alias WHERE tenant = :tenant")
        .bind("tenant", tenant)
        .execute();
  }

  /** Some of the blobs that a tenant still refers to. */
  public List<String> blobs(String tenant, int limit) {
    return handle
        .createQuery("SELECT DISTINCT digest FROM version_file WHERE tenant = :tenant LIMIT :limit")
        .bind("tenant", tenant)
        .bind("limit", limit)
        .map(Row.mapper(row -> row.digest(1)))
        .list();
  }

  /** Let a tenant's versions refer to a blob no more. */
  public void release(String tenant, String blob) {
    handle
        .createUpdate("DELETE FROM version_file WHERE tenant = :tenant AND digest = :blob")
        .bind("tenant", tenant)
        .bind("blob", blob)
        .execute();
  }

  /** Whether another tenant's version, of whatever state, refers to a blob. */
  public boolean isReferredByOthers(String tenant, String blob) {
    return handle
        .createQuery(
            "SELECT 1 FROM version_file WHERE digest = :blob AND tenant <> :tenant LIMIT 1")
        .bind("blob", blob)
        .bind("tenant", tenant)
        .mapTo(Integer.class)
        .findOne()
        .isPresent();
  }

  /**
   * Take all rows of a tenant out, but its own and those of the audit log. Versions of others that
   * were made from its versions stay, without saying so.
   */
  public void finish(String tenant, Erasure erasure) {
    handle
        .createUpdate("DELETE FROM parent WHERE parent_tenant = :tenant")
        .bind("tenant", tenant)
        .execute();
    for (String table : TABLES) {
      handle
          .createUpdate("DELETE FROM " + table + " WHERE tenant = :tenant")
          .bind("tenant", tenant)
          .execute();
    }
    handle
        .createUpdate(
            "UPDATE tenant SET state = 'erased', used_bytes = 0, used_versions = 0, key_id = '',"
                + " signatures = 'off', note = '' WHERE name = :tenant")
        .bind("tenant", tenant)
        .execute();
    handle
        .createUpdate(
            "UPDATE erasure SET certificate = :certificate, digest = :digest, sequence = :sequence"
                + " WHERE tenant = :tenant")
        .bind("certificate", erasure.certificate())
        .bind("digest", erasure.digest())
        .bind("sequence", erasure.sequence())
        .bind("tenant", tenant)
        .execute();
  }
}
