package dev.graft.store.index;

import dev.graft.store.model.FormatChange;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreFormatException;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.OptionalInt;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;

/** The format of the index: which it has, and the way to the newest. */
final class Schema {
  /** The newest migration. */
  static final int NEWEST = 3;

  private static final String HISTORY = "flyway_schema_history";
  private static final String FOLDER = "classpath:dev/graft/store/index/";

  private final Dialect dialect;
  private final String where;

  Schema(Dialect dialect, String where) {
    this.dialect = dialect;
    this.where = where;
  }

  /** The format of the index; empty where there is none yet. */
  static OptionalInt format(Handle handle) throws SQLException {
    DatabaseMetaData data = handle.getConnection().getMetaData();
    try (ResultSet table =
        data.getTables(null, handle.getConnection().getSchema(), HISTORY, null)) {
      if (!table.next()) {
        return OptionalInt.empty();
      }
    }
    return handle
        .createQuery("SELECT version FROM " + HISTORY + " WHERE version IS NOT NULL")
        .mapTo(Integer.class)
        .stream()
        .mapToInt(Integer::intValue)
        .max();
  }

  /** From which format to which the index is to be brought. */
  FormatChange change(OptionalInt format) throws StoreException {
    if (format.isEmpty()) {
      throw new StoreFormatException(
          "%s is no registry yet; create it with graft store init".formatted(where));
    }
    refuseNewer(format.getAsInt());
    return new FormatChange(format.getAsInt(), NEWEST);
  }

  void requireNewest(OptionalInt format) throws StoreException {
    if (change(format).isMigration()) {
      throw new StoreFormatException(
          ("%s has format %d, this Graft works with %d; stop the older processes that use it, make"
                  + " a backup and run graft store migrate")
              .formatted(where, format.getAsInt(), NEWEST));
    }
  }

  void migrate(OptionalInt format) throws StoreException {
    if (format.isPresent()) {
      refuseNewer(format.getAsInt());
    }
    try {
      Flyway.configure(Schema.class.getClassLoader())
          .dataSource(dialect.dataSource())
          .locations(FOLDER + "common", FOLDER + dialect.name())
          .placeholders(Map.of("text", dialect.textType()))
          .failOnMissingLocations(true)
          .load()
          .migrate();
    } catch (FlywayException e) {
      if (IndexProblems.sqlCause(e) == null) {
        throw new StoreFormatException(
            "cannot make %s a registry: %s; choose an empty database"
                .formatted(where, e.getMessage()),
            e);
      }
      throw IndexProblems.translate("migrate", where, e);
    }
  }

  private void refuseNewer(int format) throws StoreFormatException {
    if (format > NEWEST) {
      throw new StoreFormatException(
          "%s has format %d, this Graft reads formats up to %d; use a newer Graft"
              .formatted(where, format, NEWEST));
    }
  }
}
