package dev.graft.store.index;

import dev.graft.store.model.TrustedKey;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** The table {@code trusted_key}. */
public final class TrustedKeys {
  private final Handle handle;

  TrustedKeys(Handle handle) {
    this.handle = handle;
  }

  /** The keys that a tenant trusts, by id. */
  public List<TrustedKey> of(String tenant) {
    return handle
        .createQuery(
            "SELECT key_id, public_key, author, created_at, note FROM trusted_key"
                + " WHERE tenant = :tenant ORDER BY key_id")
        .bind("tenant", tenant)
        .map(
            Row.mapper(
                row ->
                    new TrustedKey(
                        row.text(1), row.text(2), row.text(3), row.time(4), row.text(5))))
        .list();
  }

  /** Let a tenant trust a key; says whether it did not before. */
  public boolean add(String tenant, TrustedKey key) {
    return handle
            .createUpdate(
                "INSERT INTO trusted_key (tenant, key_id, public_key, author, created_at, note)"
                    + " VALUES (:tenant, :key, :public, :author, :at, :note)"
                    + " ON CONFLICT DO NOTHING")
            .bind("tenant", tenant)
            .bind("key", key.keyId())
            .bind("public", key.publicKey())
            .bind("author", key.author())
            .bind("at", key.time().toEpochMilli())
            .bind("note", key.note())
            .execute()
        > 0;
  }

  /** Let a tenant trust a key no more; says whether it did. */
  public boolean remove(String tenant, String keyId) {
    return handle
            .createUpdate("DELETE FROM trusted_key WHERE tenant = :tenant AND key_id = :key")
            .bind("tenant", tenant)
            .bind("key", keyId)
            .execute()
        > 0;
  }
}
