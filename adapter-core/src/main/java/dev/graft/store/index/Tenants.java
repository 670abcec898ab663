package dev.graft.store.index;

import dev.graft.store.model.Quota;
import dev.graft.store.model.SignaturePolicy;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.TenantState;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;

/** The table {@code tenant}. */
public final class Tenants {
  private static final String SELECT =
      "SELECT name, state, max_bytes, max_versions, used_bytes, used_versions, key_id, signatures,"
          + " author, created_at, note FROM tenant";
  private static final RowMapper<Tenant> TENANT =
      Row.mapper(
          row ->
              new Tenant(
                  row.name(1),
                  TenantState.parse(row.text(2)),
                  new Quota(row.optionalNumber(3), row.optionalNumber(4)),
                  row.number(5),
                  row.number(6),
                  row.text(7),
                  SignaturePolicy.parse(row.text(8)),
                  row.text(9),
                  row.time(10),
                  row.text(11)));

  private final Handle handle;

  Tenants(Handle handle) {
    this.handle = handle;
  }

  /** Find a tenant. */
  public Optional<Tenant> find(String name) {
    return handle
        .createQuery(SELECT + " WHERE name = :name")
        .bind("name", name)
        .map(TENANT)
        .findOne();
  }

  /** All tenants, by name. */
  public List<Tenant> all() {
    return handle.createQuery(SELECT + " ORDER BY name").map(TENANT).list();
  }

  /** The names of all tenants. */
  public List<String> names() {
    return handle.createQuery("SELECT name FROM tenant ORDER BY name").map(Row.TEXT).list();
  }

  /** Add a tenant. */
  public void insert(Tenant tenant) {
    handle
        .createUpdate(
            "INSERT INTO tenant (name, state, max_bytes, max_versions, used_bytes, used_versions,"
                + " key_id, signatures, author, created_at, note) VALUES (:name, :state, :bytes,"
                + " :versions, :usedBytes, :usedVersions, :key, :signatures, :author, :at, :note)")
        .bind("name", tenant.name())
        .bind("state", tenant.state().text())
        .bind("key", tenant.keyId())
        .bind("signatures", tenant.signatures().text())
        .bind("bytes", boxed(tenant.quota().bytes()))
        .bind("versions", boxed(tenant.quota().versions()))
        .bind("usedBytes", tenant.usedBytes())
        .bind("usedVersions", tenant.usedVersions())
        .bind("author", tenant.author())
        .bind("at", tenant.time().toEpochMilli())
        .bind("note", tenant.note())
        .execute();
  }

  /** Change the limits of a tenant. */
  public void setQuota(String name, Quota quota) {
    handle
        .createUpdate(
            "UPDATE tenant SET max_bytes = :bytes, max_versions = :versions WHERE name = :name")
        .bind("bytes", boxed(quota.bytes()))
        .bind("versions", boxed(quota.versions()))
        .bind("name", name)
        .execute();
  }

  /** Change the key of a tenant. */
  public void setKey(String name, String keyId) {
    handle
        .createUpdate("UPDATE tenant SET key_id = :key WHERE name = :name")
        .bind("key", keyId)
        .bind("name", name)
        .execute();
  }

  /** Change what is done about versions without a signature. */
  public void setSignatures(String name, SignaturePolicy policy) {
    handle
        .createUpdate("UPDATE tenant SET signatures = :policy WHERE name = :name")
        .bind("policy", policy.text())
        .bind("name", name)
        .execute();
  }

  private static Optional<Long> boxed(OptionalLong limit) {
    return limit.isPresent() ? Optional.of(limit.getAsLong()) : Optional.empty();
  }

  /** Count versions in (or, with negative numbers, out). */
  public void addUsage(String name, long bytes, long versions) {
    handle
        .createUpdate(
            "UPDATE tenant SET used_bytes = used_bytes + :bytes,"
                + " used_versions = used_versions + :versions WHERE name = :name")
        .bind("bytes", bytes)
        .bind("versions", versions)
        .bind("name", name)
        .execute();
  }

  /** Set the totals of a tenant. */
  public void setUsage(String name, Usage usage) {
    handle
        .createUpdate(
            "UPDATE tenant SET used_bytes = :bytes, used_versions = :versions WHERE name = :name")
        .bind("bytes", usage.bytes())
        .bind("versions", usage.versions())
        .bind("name", name)
        .execute();
  }

  /** What the versions of a tenant really add up to. */
  public Usage countedUsage(String name) {
    return handle
        .createQuery(
            "SELECT CAST(coalesce(sum(size_bytes), 0) AS BIGINT), count(*) FROM version"
                + " WHERE tenant = :name AND state <> 'deleted'")
        .bind("name", name)
        .map(Row.mapper(row -> new Usage(row.number(1), row.number(2))))
        .one();
  }

  /**
   * What a tenant has.
   *
   * @param bytes of all its versions that are not deleted
   * @param versions how many those are
   */
  public record Usage(long bytes, long versions) {}
}
