package dev.graft.store.index;

import dev.graft.store.model.AdapterName;
import dev.graft.store.model.Alias;
import dev.graft.store.model.AliasMove;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;

/** The tables {@code alias} and {@code alias_move}. */
public final class Aliases {
  private static final String SELECT = "SELECT tenant, name, alias, version, revision FROM alias";
  private static final String MOVES =
      "SELECT revision, kind, version, undo, author, moved_at, note, sequence FROM alias_move"
          + " WHERE tenant = :tenant AND name = :name AND alias = :alias";
  private static final RowMapper<Alias> ALIAS =
      Row.mapper(row -> new Alias(row.adapter(1, 2), row.name(3), row.ordinal(4), row.ordinal(5)));
  private static final RowMapper<AliasMove> MOVE = Row.mapper(Aliases::move);

  private final Handle handle;

  Aliases(Handle handle) {
    this.handle = handle;
  }

  private static AliasMove move(Row row) throws SQLException {
    AliasMove.Kind kind = AliasMove.Kind.valueOf(row.text(2).toUpperCase(Locale.ROOT));
    OptionalInt version = row.optionalOrdinal(3);
    if (version.isEmpty() != (kind == AliasMove.Kind.REMOVE)) {
      throw new BadRowException("the move %s leads to version %s".formatted(kind, version));
    }
    return new AliasMove(
        row.ordinal(1),
        kind,
        version,
        row.optionalOrdinal(4),
        row.text(5),
        row.time(6),
        row.text(7),
        row.number(8));
  }

  /** Find an alias. */
  public Optional<Alias> find(AdapterName adapter, String alias) {
    return handle
        .createQuery(SELECT + " WHERE tenant = :tenant AND name = :name AND alias = :alias")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .bind("alias", alias)
        .map(ALIAS)
        .findOne();
  }

  /** The aliases of an adapter, by name. */
  public List<Alias> of(AdapterName adapter) {
    return handle
        .createQuery(SELECT + " WHERE tenant = :tenant AND name = :name ORDER BY alias")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .map(ALIAS)
        .list();
  }

  /** The aliases of all adapters of a tenant, by adapter and name. */
  public List<Alias> of(String tenant) {
    return handle
        .createQuery(SELECT + " WHERE tenant = :tenant ORDER BY name, alias")
        .bind("tenant", tenant)
        .map(ALIAS)
        .list();
  }

  /** All aliases there are. */
  public List<Alias> all() {
    return handle.createQuery(SELECT + " ORDER BY tenant, name, alias").map(ALIAS).list();
  }

  /** Every move of an alias, newest first. */
  public List<AliasMove> history(AdapterName adapter, String alias) {
    return handle
        .createQuery(MOVES + " ORDER BY revision DESC")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .bind("alias", alias)
        .map(MOVE)
        .list();
  }

  /** The names of all aliases an adapter ever had. */
  public List<String> everNamed(AdapterName adapter) {
    return handle
        .createQuery(
            "SELECT DISTINCT alias FROM alias_move WHERE tenant = :tenant AND name = :name"
                + " ORDER BY alias")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .map(Row.TEXT)
        .list();
  }

  /** Visit all aliases that ever were, of all adapters. */
  public void forEachEverNamed(BiConsumer<AdapterName, String> visitor) {
    handle
        .createQuery(
            "SELECT DISTINCT tenant, name, alias FROM alias_move ORDER BY tenant, name, alias")
        .map(Row.mapper(row -> Map.entry(row.adapter(1, 2), row.name(3))))
        .forEach(entry -> visitor.accept(entry.getKey(), entry.getValue()));
  }

  /** The newest move of an alias, also of one that was removed. */
  public Optional<AliasMove> lastMove(AdapterName adapter, String alias) {
    return handle
        .createQuery(MOVES + " ORDER BY revision DESC LIMIT 1")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .bind("alias", alias)
        .map(MOVE)
        .findOne();
  }

  /** One move of an alias. */
  public Optional<AliasMove> move(AdapterName adapter, String alias, int revision) {
    return handle
        .createQuery(MOVES + " AND revision = :revision")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .bind("alias", alias)
        .bind("revision", revision)
        .map(MOVE)
        .findOne();
  }

  /** Add a move and let the alias follow it. */
  public void apply(AdapterName adapter, String alias, AliasMove move) {
    add(adapter, alias, move);
    if (move.version().isPresent()) {
      put(new Alias(adapter, alias, move.version().getAsInt(), move.revision()));
    } else {
      delete(adapter, alias);
    }
  }

  /** Add a move and leave the alias as it is. */
  public void add(AdapterName adapter, String alias, AliasMove move) {
    handle
        .createUpdate(
            "INSERT INTO alias_move (tenant, name, alias, revision, kind, version, undo, author,"
                + " moved_at, note, sequence) VALUES (:tenant, :name, :alias, :revision, :kind,"
                + " :version, :undo, :author, :at, :note, :sequence)")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .bind("alias", alias)
        .bind("revision", move.revision())
        .bind("kind", move.kind().name().toLowerCase(Locale.ROOT))
        .bind("version", boxed(move.version()))
        .bind("undo", boxed(move.undo()))
        .bind("author", move.author())
        .bind("at", move.time().toEpochMilli())
        .bind("note", move.note())
        .bind("sequence", move.sequence())
        .execute();
  }

  private static Optional<Integer> boxed(OptionalInt value) {
    return value.isPresent() ? Optional.of(value.getAsInt()) : Optional.empty();
  }

  /** Set the row of an alias, without a move. */
  public void put(Alias alias) {
    handle
        .createUpdate(
            "INSERT INTO alias (tenant, name, alias, version, revision)"
                + " VALUES (:tenant, :name, :alias, :version, :revision)"
                + " ON CONFLICT (tenant, name, alias) DO UPDATE SET version = excluded.version,"
                + " revision = excluded.revision")
        .bind("tenant", alias.adapter().tenant())
        .bind("name", alias.adapter().name())
        .bind("alias", alias.name())
        .bind("version", alias.version())
        .bind("revision", alias.revision())
        .execute();
  }

  /** Delete the row of an alias, without a move. */
  public void delete(AdapterName adapter, String alias) {
    handle
        .createUpdate(
            "DELETE FROM alias WHERE tenant = :tenant AND name = :name AND alias = :alias")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .bind("alias", alias)
        .execute();
  }
}
