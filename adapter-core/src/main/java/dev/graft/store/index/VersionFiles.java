package dev.graft.store.index;

import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;

/**
 * The table {@code version_file}. Its rows are what refers to blobs; those of a deleted version go
 * when its blobs may.
 */
public final class VersionFiles {
  private final Handle handle;

  VersionFiles(Handle handle) {
    this.handle = handle;
  }

  /** The files of a version, by name. */
  public List<VersionFile> of(Version version) {
    return handle
        .createQuery(
            "SELECT file, content_digest, content_bytes, digest, size_bytes, key_id FROM version_file"
                + " WHERE tenant = :tenant AND name = :name AND version = :version ORDER BY file")
        .bind("tenant", version.adapter().tenant())
        .bind("name", version.adapter().name())
        .bind("version", version.number())
        .map(
            Row.mapper(
                row ->
                    new VersionFile(
                        row.text(1),
                        row.digest(2),
                        row.number(3),
                        row.digest(4),
                        row.number(5),
                        row.text(6))))
        .list();
  }

  /** Add the files of a version. */
  public void insert(AdapterName adapter, int version, List<VersionFile> files) {
    for (VersionFile file : files) {
      handle
          .createUpdate(
              "INSERT INTO version_file (tenant, name, version, file, content_digest, content_bytes,"
                  + " digest, size_bytes, key_id) VALUES (:tenant, :name, :version, :file,"
                  + " :content, :contentBytes, :blob, :blobBytes, :key)")
          .bind("tenant", adapter.tenant())
          .bind("name", adapter.name())
          .bind("version", version)
          .bind("file", file.name())
          .bind("content", file.digest())
          .bind("contentBytes", file.sizeBytes())
          .bind("blob", file.blob())
          .bind("blobBytes", file.blobBytes())
          .bind("key", file.keyId())
          .execute();
    }
  }

  /**
   * Whether any version refers to a blob, other than those deleted at a time or before.
   *
   * @param cutoff that time
   */
  public boolean refersTo(String digest, Instant cutoff) {
    return handle
        .createQuery(
            "SELECT 1 FROM version_file f JOIN version v ON v.tenant = f.tenant"
                + " AND v.name = f.name AND v.version = f.version WHERE f.digest = :digest"
                + " AND NOT (v.state = 'deleted' AND v.state_at <= :time) LIMIT 1")
        .bind("digest", digest)
        .bind("time", cutoff.toEpochMilli())
        .mapTo(Integer.class)
        .findOne()
        .isPresent();
  }

  /** All blobs that versions refer to which are not deleted, with their sizes, by digest. */
  public Map<String, Long> blobs() {
    Map<String, Long> sizes = new TreeMap<>();
    handle
        .createQuery(
            "SELECT f.digest, max(f.size_bytes) FROM version_file f JOIN version v"
                + " ON v.tenant = f.tenant AND v.name = f.name AND v.version = f.version"
                + " WHERE v.state <> 'deleted' GROUP BY f.digest")
        .map(Row.mapper(row -> Map.entry(row.digest(1), row.number(2))))
        .forEach(entry -> sizes.put(entry.getKey(), entry.getValue()));
    return sizes;
  }

  /** The versions, not deleted, that refer to a blob. */
  public List<AdapterReference> users(String digest) {
    return handle
        .createQuery(
            "SELECT DISTINCT f.tenant, f.name, f.version FROM version_file f JOIN version v"
                + " ON v.tenant = f.tenant AND v.name = f.name AND v.version = f.version"
                + " WHERE f.digest = :digest AND v.state <> 'deleted'"
                + " ORDER BY f.tenant, f.name, f.version")
        .bind("digest", digest)
        .map(Row.mapper(row -> row.adapter(1, 2).version(row.ordinal(3))))
        .list();
  }

  /** The ids of all keys that a tenant's blobs are encrypted with; an empty one for none. */
  public List<String> keys(String tenant) {
    return handle
        .createQuery("SELECT DISTINCT key_id FROM version_file WHERE tenant = :tenant")
        .bind("tenant", tenant)
        .map(Row.TEXT)
        .list();
  }

  /**
   * The digests of what is in a tenant's encrypted blobs: the names their content had as blobs
   * before it was encrypted.
   */
  public List<String> encryptedContents(String tenant) {
    return handle
        .createQuery(
            "SELECT DISTINCT content_digest FROM version_file"
                + " WHERE tenant = :tenant AND key_id <> ''")
        .bind("tenant", tenant)
        .map(Row.mapper(row -> row.digest(1)))
        .list();
  }

  /** A tenant's versions that have a file which another key encrypts than the given one. */
  public List<AdapterReference> notUnder(String tenant, String keyId) {
    return handle
        .createQuery(
            "SELECT DISTINCT name, version FROM version_file"
                + " WHERE tenant = :tenant AND key_id <> :key ORDER BY name, version")
        .bind("tenant", tenant)
        .bind("key", keyId)
        .map(Row.mapper(row -> new AdapterName(tenant, row.text(1)).version(row.ordinal(2))))
        .list();
  }

  /** Let a file of a version be in another blob; its content stays. */
  public void move(AdapterName adapter, int version, VersionFile file) {
    handle
        .createUpdate(
            "UPDATE version_file SET digest = :blob, size_bytes = :bytes, key_id = :key"
                + " WHERE tenant = :tenant AND name = :name AND version = :version AND file = :file")
        .bind("blob", file.blob())
        .bind("bytes", file.blobBytes())
        .bind("key", file.keyId())
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .bind("version", version)
        .bind("file", file.name())
        .execute();
  }

  /**
   * Let go of the blobs of versions deleted at a time or before.
   *
   * @return how many rows went
   */
  public int releaseDeletedUntil(Instant time) {
    return handle
        .createUpdate(
            "DELETE FROM version_file WHERE EXISTS (SELECT 1 FROM version v"
                + " WHERE v.tenant = version_file.tenant AND v.name = version_file.name"
                + " AND v.version = version_file.version"
                + " AND v.state = 'deleted' AND v.state_at <= :time)")
        .bind("time", time.toEpochMilli())
        .execute();
  }
}
