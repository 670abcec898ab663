package dev.graft.store.index;

import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Names;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jdbi.v3.core.mapper.RowMapper;

/**
 * A row of a result, whose columns count from 1. The index is a file like any other: whatever it
 * holds, a row gives what was written there once, or is a {@link BadRowException}.
 */
final class Row {
  /** Rows of a single text. */
  static final RowMapper<String> TEXT = mapper(row -> row.text(1));

  /** Makes something of a row. */
  interface Mapper<T> {
    T of(Row row) throws SQLException;
  }

  private final ResultSet columns;

  private Row(ResultSet columns) {
    this.columns = columns;
  }

  /** A mapper for JDBI; of what it cannot make anything, it throws a {@link BadRowException}. */
  static <T> RowMapper<T> mapper(Mapper<T> mapper) {
    return (columns, context) -> {
      try {
        return mapper.of(new Row(columns));
      } catch (BadRowException e) {
        throw e;
      } catch (RuntimeException e) {
        throw new BadRowException(e);
      }
    };
  }

  String text(int column) throws SQLException {
    String value = columns.getString(column);
    if (value == null) {
      throw nothing(column);
    }
    return value;
  }

  private BadRowException nothing(int column) throws SQLException {
    return new BadRowException(
        "nothing is in column %s".formatted(columns.getMetaData().getColumnName(column)));
  }

  /** A name of a tenant, adapter, alias or tag. */
  String name(int column) throws SQLException {
    return Names.check(columns.getMetaData().getColumnName(column), text(column));
  }

  /** An adapter's name in two columns. */
  AdapterName adapter(int tenant, int name) throws SQLException {
    return new AdapterName(text(tenant), text(name));
  }

  /** {@code sha256:} and 64 hexadecimal digits. */
  String digest(int column) throws SQLException {
    return AdapterReference.checkDigest(columns.getMetaData().getColumnName(column), text(column));
  }

  /** The number of a version or a revision. */
  int ordinal(int column) throws SQLException {
    int value = Math.toIntExact(number(column));
    if (value < 1) {
      throw new BadRowException(
          "column %s has %d, expected 1 or more"
              .formatted(columns.getMetaData().getColumnName(column), value));
    }
    return value;
  }

  int integer(int column) throws SQLException {
    return Math.toIntExact(number(column));
  }

  long number(int column) throws SQLException {
    long value = columns.getLong(column);
    if (columns.wasNull()) {
      throw nothing(column);
    }
    return value;
  }

  Instant time(int column) throws SQLException {
    return Instant.ofEpochMilli(number(column));
  }

  OptionalInt optionalOrdinal(int column) throws SQLException {
    return optionalNumber(column).isPresent()
        ? OptionalInt.of(ordinal(column))
        : OptionalInt.empty();
  }

  OptionalLong optionalNumber(int column) throws SQLException {
    long value = columns.getLong(column);
    return columns.wasNull() ? OptionalLong.empty() : OptionalLong.of(value);
  }

  OptionalDouble optionalDecimal(int column) throws SQLException {
    double value = columns.getDouble(column);
    return columns.wasNull() ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
