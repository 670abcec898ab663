package dev.graft.store.index;

import dev.graft.store.model.AdapterLine;
import dev.graft.store.model.AdapterName;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;

/** The table {@code adapter}. */
public final class Adapters {
  private static final String SELECT =
      "SELECT tenant, name, base_digest, tokenizer_digest, last_version FROM adapter";
  private static final RowMapper<AdapterLine> LINE =
      Row.mapper(
          row -> new AdapterLine(row.adapter(1, 2), row.text(3), row.text(4), row.ordinal(5)));

  private final Handle handle;

  Adapters(Handle handle) {
    this.handle = handle;
  }

  /** Find an adapter. */
  public Optional<AdapterLine> find(AdapterName name) {
    return handle
        .createQuery(SELECT + " WHERE tenant = :tenant AND name = :name")
        .bind("tenant", name.tenant())
        .bind("name", name.name())
        .map(LINE)
        .findOne();
  }

  /** A tenant's adapters, by name. */
  public List<AdapterLine> of(String tenant) {
    return handle
        .createQuery(SELECT + " WHERE tenant = :tenant ORDER BY name")
        .bind("tenant", tenant)
        .map(LINE)
        .list();
  }

  /** All adapters, by tenant and name. */
  public List<AdapterLine> all() {
    return handle.createQuery(SELECT + " ORDER BY tenant, name").map(LINE).list();
  }

  /** Add an adapter, or set what its newest version has. */
  public void put(AdapterLine line) {
    handle
        .createUpdate(
            "INSERT INTO adapter (tenant, name, base_digest, tokenizer_digest, last_version)"
                + " VALUES (:tenant, :name, :base, :tokenizer, :last)"
                + " ON CONFLICT (tenant, name) DO UPDATE SET base_digest = excluded.base_digest,"
                + " tokenizer_digest = excluded.tokenizer_digest,"
                + " last_version = excluded.last_version")
        .bind("tenant", line.name().tenant())
        .bind("name", line.name().name())
        .bind("base", line.baseDigest())
        .bind("tokenizer", line.tokenizerDigest())
        .bind("last", line.lastVersion())
        .execute();
  }
}
