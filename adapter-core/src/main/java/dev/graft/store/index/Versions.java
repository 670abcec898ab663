package dev.graft.store.index;

import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;

/** The table {@code version}. */
public final class Versions {
  private static final String SELECT =
      "SELECT v.tenant, v.name, v.version, v.state, v.digest, v.manifest, v.base_digest,"
          + " v.tokenizer_digest, v.adapter_type, v.adapter_rank, v.size_bytes, v.metrics,"
          + " v.author, v.created_at, v.note, v.sequence FROM version v";
  private static final String OF_ADAPTER = " WHERE v.tenant = :tenant AND v.name = :name";
  private static final RowMapper<Version> VERSION =
      Row.mapper(
          row ->
              new Version(
                  row.adapter(1, 2),
                  row.ordinal(3),
                  VersionState.parse(row.text(4)),
                  row.digest(5),
                  row.digest(6),
                  row.text(7),
                  row.text(8),
                  row.text(9),
                  row.integer(10),
                  row.number(11),
                  MetricsJson.read(row.text(12)),
                  row.text(13),
                  row.time(14),
                  row.text(15),
                  row.number(16)));

  private final Handle handle;

  Versions(Handle handle) {
    this.handle = handle;
  }

  /** Find what a reference names, in whatever state it is. One statement. */
  public Optional<Version> find(AdapterReference reference) {
    AdapterName adapter = reference.adapter();
    if (reference.target() instanceof AdapterReference.VersionNumber number) {
      return find(adapter, number.version());
    }
    if (reference.target() instanceof AdapterReference.AliasName alias) {
      return handle
          .createQuery(
              SELECT
                  + " JOIN alias a ON a.tenant = v.tenant AND a.name = v.name"
                  + " AND a.version = v.version"
                  + " WHERE a.tenant = :tenant AND a.name = :name AND a.alias = :alias")
          .bind("tenant", adapter.tenant())
          .bind("name", adapter.name())
          .bind("alias", alias.alias())
          .map(VERSION)
          .findOne();
    }
    String digest = ((AdapterReference.ContentDigest) reference.target()).digest();
    return withDigest(adapter, digest).stream().findFirst();
  }

  /** Find a version by its number. */
  public Optional<Version> find(AdapterName adapter, int version) {
    return handle
        .createQuery(SELECT + OF_ADAPTER + " AND v.version = :version")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .bind("version", version)
        .map(VERSION)
        .findOne();
  }

  /**
   * All versions that compute the same: active before deprecated before others, then the newest.
   */
  public List<Version> withDigest(AdapterName adapter, String digest) {
    return handle
        .createQuery(
            SELECT
                + OF_ADAPTER
                + " AND v.digest = :digest ORDER BY CASE v.state WHEN 'active' THEN 0"
                + " WHEN 'deprecated' THEN 1 ELSE 2 END, v.version DESC")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .bind("digest", digest)
        .map(VERSION)
        .list();
  }

  /** The newest version of the same bytes that is not deleted. */
  public Optional<Version> withManifest(AdapterName adapter, String digest, String manifest) {
    return handle
        .createQuery(
            SELECT
                + OF_ADAPTER
                + " AND v.digest = :digest AND v.manifest = :manifest AND v.state <> 'deleted'"
                + " ORDER BY v.version DESC LIMIT 1")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .bind("digest", digest)
        .bind("manifest", manifest)
        .map(VERSION)
        .findOne();
  }

  /** Whether a version that computes the same is blocked. */
  public Optional<Version> blockedWith(AdapterName adapter, String digest) {
    return handle
        .createQuery(
            SELECT
                + OF_ADAPTER
                + " AND v.digest = :digest AND v.state = 'blocked' ORDER BY v.version DESC LIMIT 1")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .bind("digest", digest)
        .map(VERSION)
        .findOne();
  }

  /** All versions of an adapter, oldest first. */
  public List<Version> of(AdapterName adapter) {
    return handle
        .createQuery(SELECT + OF_ADAPTER + " ORDER BY v.version")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .map(VERSION)
        .list();
  }

  /** The newest version of each of a tenant's adapters, by the adapter's name. */
  public Map<AdapterName, Version> newestOf(String tenant) {
    Map<AdapterName, Version> newest = new TreeMap<>();
    handle
        .createQuery(
            SELECT
                + " WHERE v.tenant = :tenant AND v.version = (SELECT max(w.version) FROM version w"
                + " WHERE w.tenant = v.tenant AND w.name = v.name)")
        .bind("tenant", tenant)
        .map(VERSION)
        .forEach(version -> newest.put(version.adapter(), version));
    return newest;
  }

  /** Every version there is, in the order of their publication. */
  public List<Version> all() {
    return handle.createQuery(SELECT + " ORDER BY v.sequence").map(VERSION).list();
  }

  /** A tenant's versions in whatever state, in the order of their publication. */
  public List<Version> ofTenant(String tenant) {
    return handle
        .createQuery(SELECT + " WHERE v.tenant = :tenant ORDER BY v.sequence")
        .bind("tenant", tenant)
        .map(VERSION)
        .list();
  }

  /** How many versions there are, in whatever state. */
  public int count() {
    return handle.createQuery("SELECT count(*) FROM version").mapTo(Integer.class).one();
  }

  /** Versions whose publication the audit log does not know. */
  public List<Version> withoutAuditLine() {
    return handle
        .createQuery(
            SELECT
                + " WHERE NOT EXISTS (SELECT 1 FROM audit l WHERE l.sequence = v.sequence"
                + " AND l.action = 'publish' AND l.tenant = v.tenant) ORDER BY v.sequence")
        .map(VERSION)
        .list();
  }

  /** Versions that pass a filter, newest first. */
  public List<Version> search(VersionFilter filter) {
    List<String> conditions = new ArrayList<>();
    Map<String, Object> values = new TreeMap<>();
    filter.tenant().ifPresent(value -> equal("v.tenant", "tenant", value, conditions, values));
    filter.type().ifPresent(value -> equal("v.adapter_type", "type", value, conditions, values));
    filter.baseDigest().ifPresent(v -> equal("v.base_digest", "base", v, conditions, values));
    filter.digest().ifPresent(value -> equal("v.digest", "digest", value, conditions, values));
    filter.text().ifPresent(value -> contains(value, conditions, values));
    filter.tag().ifPresent(value -> tagged(value, conditions, values));
    if (!filter.states().isEmpty()) {
      // Words of our own, nobody else's text.
      conditions.add(
          "v.state IN ('"
              + String.join("', '", filter.states().stream().map(VersionState::text).toList())
              + "')");
    }
    String where = conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    return handle
        .createQuery(SELECT + where + " ORDER BY v.sequence DESC LIMIT :limit")
        .bindMap(values)
        .bind("limit", filter.limit())
        .map(VERSION)
        .list();
  }

  private static void equal(
      String column,
      String name,
      String value,
      List<String> conditions,
      Map<String, Object> values) {
    conditions.add(column + " = :" + name);
    values.put(name, value);
  }

  private static void tagged(String tag, List<String> conditions, Map<String, Object> values) {
    conditions.add(
        "EXISTS (SELECT 1 FROM tag t WHERE t.tenant = v.tenant AND t.name = v.name"
            + " AND t.version = v.version AND t.tag = :tag)");
    values.put("tag", tag);
  }

  private static void contains(String text, List<String> conditions, Map<String, Object> values) {
    conditions.add(
        "(v.name LIKE :text ESCAPE '!' OR lower(v.author) LIKE :text ESCAPE '!'"
            + " OR lower(v.note) LIKE :text ESCAPE '!')");
    String plain =
        text.toLowerCase(Locale.ROOT).replace("!", "!!").replace("%", "!%").replace("_", "!_");
    values.put("text", "%" + plain + "%");
  }

  /** Add a version. */
  public void insert(Version version) {
    handle
        .createUpdate(
            "INSERT INTO version (tenant, name, version, state, state_at, digest, manifest,"
                + " base_digest, tokenizer_digest, adapter_type, adapter_rank, size_bytes, metrics,"
                + " author, created_at, note, sequence) VALUES (:tenant, :name, :version, :state,"
                + " :at, :digest, :manifest, :base, :tokenizer, :type, :rank, :size, :metrics,"
                + " :author, :at, :note, :sequence)")
        .bind("tenant", version.adapter().tenant())
        .bind("name", version.adapter().name())
        .bind("version", version.number())
        .bind("state", version.state().text())
        .bind("at", version.time().toEpochMilli())
        .bind("digest", version.digest())
        .bind("manifest", version.manifest())
        .bind("base", version.baseDigest())
        .bind("tokenizer", version.tokenizerDigest())
        .bind("type", version.type())
        .bind("rank", version.rank())
        .bind("size", version.sizeBytes())
        .bind("metrics", MetricsJson.write(version.metrics()))
        .bind("author", version.author())
        .bind("note", version.note())
        .bind("sequence", version.sequence())
        .execute();
  }

  /** Set the state of a version. */
  public void setState(AdapterName adapter, int version, VersionState state, Instant time) {
    handle
        .createUpdate(
            "UPDATE version SET state = :state, state_at = :at"
                + " WHERE tenant = :tenant AND name = :name AND version = :version")
        .bind("state", state.text())
        .bind("at", time.toEpochMilli())
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .bind("version", version)
        .execute();
  }
}
