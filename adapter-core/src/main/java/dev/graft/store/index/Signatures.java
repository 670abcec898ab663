package dev.graft.store.index;

import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionSignature;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** The table {@code signature}: at most one of a key for each version. */
public final class Signatures {
  private final Handle handle;

  Signatures(Handle handle) {
    this.handle = handle;
  }

  /** The signatures of a version, by key. */
  public List<VersionSignature> of(Version version) {
    return handle
        .createQuery(
            "SELECT key_id, envelope, author, signed_at FROM signature"
                + " WHERE tenant = :tenant AND name = :name AND version = :version ORDER BY key_id")
        .bind("tenant", version.adapter().tenant())
        .bind("name", version.adapter().name())
        .bind("version", version.number())
        .map(
            Row.mapper(
                row -> new VersionSignature(row.text(1), row.text(2), row.text(3), row.time(4))))
        .list();
  }

  /** The versions that have signatures, by name and number. */
  public List<AdapterReference> signed() {
    return handle
        .createQuery(
            "SELECT DISTINCT tenant, name, version FROM signature ORDER BY tenant, name, version")
        .map(Row.mapper(row -> row.adapter(1, 2).version(row.ordinal(3))))
        .list();
  }

  /** Add a signature; it takes the place of another of the same key. */
  public void put(Version version, VersionSignature signature) {
    handle
        .createUpdate(
            "INSERT INTO signature (tenant, name, version, key_id, envelope, author, signed_at)"
                + " VALUES (:tenant, :name, :version, :key, :envelope, :author, :at)"
                + " ON CONFLICT (tenant, name, version, key_id) DO UPDATE SET"
                + " envelope = excluded.envelope, author = excluded.author,"
                + " signed_at = excluded.signed_at")
        .bind("tenant", version.adapter().tenant())
        .bind("name", version.adapter().name())
        .bind("version", version.number())
        .bind("key", signature.keyId())
        .bind("envelope", signature.envelope())
        .bind("author", signature.author())
        .bind("at", signature.time().toEpochMilli())
        .execute();
  }
}
