package dev.graft.store.index;

import dev.graft.store.model.Version;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** The table {@code tag}. */
public final class Tags {
  private final Handle handle;

  Tags(Handle handle) {
    this.handle = handle;
  }

  /** The tags of a version, by name. */
  public List<String> of(Version version) {
    return handle
        .createQuery(
            "SELECT tag FROM tag WHERE tenant = :tenant AND name = :name AND version = :version"
                + " ORDER BY tag")
        .bind("tenant", version.adapter().tenant())
        .bind("name", version.adapter().name())
        .bind("version", version.number())
        .map(Row.TEXT)
        .list();
  }

  /** Tag a version; says whether it was not tagged so before. */
  public boolean add(Version version, String tag) {
    return change(
        "INSERT INTO tag (tenant, name, version, tag) VALUES (:tenant, :name, :version, :tag)"
            + " ON CONFLICT DO NOTHING",
        version,
        tag);
  }

  /** Take a tag away; says whether it was there. */
  public boolean remove(Version version, String tag) {
    return change(
        "DELETE FROM tag WHERE tenant = :tenant AND name = :name AND version = :version"
            + " AND tag = :tag",
        version,
        tag);
  }

  private boolean change(String sql, Version version, String tag) {
    return handle
            .createUpdate(sql)
            .bind("tenant", version.adapter().tenant())
            .bind("name", version.adapter().name())
            .bind("version", version.number())
            .bind("tag", tag)
            .execute()
        > 0;
  }
}
