package dev.graft.store.index;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.jdbi.v3.core.ConnectionFactory;
import org.jdbi.v3.core.Handle;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * SQLite: one file, write-ahead log, every commit forced to the disk. For all processes of one
 * machine; the log does not work over a network's file system.
 */
final class SqliteDialect implements Dialect {
  private static final Duration BUSY_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int MAX_IDLE = 8;

  private final SQLiteDataSource source;
  private final Queue<Connection> idle = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  SqliteDialect(Path file) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.enforceForeignKeys(true);
    config.setPragma(SQLiteConfig.Pragma.SECURE_DELETE, "true");
    config.setBusyTimeout(Math.toIntExact(BUSY_TIMEOUT.toMillis()));
    source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file);
  }

  @Override
  public String name() {
    return "sqlite";
  }

  @Override
  public String textType() {
    return "TEXT";
  }

  @Override
  public ConnectionFactory connections() {
    return new ConnectionFactory() {
      @Override
      public Connection openConnection() throws SQLException {
        Connection free = idle.poll();
        return free == null ? source.getConnection() : free;
      }

      @Override
      public void closeConnection(Connection connection) throws SQLException {
        if (connection.isClosed() || closed.get() || idle.size() >= MAX_IDLE) {
          connection.close();
        } else {
          idle.add(connection);
        }
      }
    };
  }

  @Override
  public DataSource dataSource() {
    return source;
  }

  // The driver's own commit begins the next transaction at once, which may find the lock taken and
  // fail although all is written. So transactions are statements here.

  @Override
  public void beginWriting(Handle handle) {
    handle.execute("BEGIN IMMEDIATE");
  }

  @Override
  public void beginReading(Handle handle) {
    handle.execute("BEGIN");
  }

  @Override
  public void commit(Handle handle) {
    handle.execute("COMMIT");
  }

  @Override
  public boolean commitIsKnownToFail() {
    return true;
  }

  @Override
  public void rollback(Handle handle) {
    handle.execute("ROLLBACK");
  }

  /** Waiting connections see the change of {@code data_version}. */
  @Override
  public void announce(Handle handle) {}

  /** They are files and do not die. */
  @Override
  public void forgetIdleConnections() {}

  @Override
  public ChangeSignal signal() throws SQLException {
    Connection connection = source.getConnection();
    return new ChangeSignal() {
      private long seen = dataVersion(connection);

      @Override
      public void await(Duration atMost) throws SQLException, InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (dataVersion(connection) == seen && System.nanoTime() < end) {
          Thread.sleep(POLL.toMillis());
        }
        seen = dataVersion(connection);
      }

      @Override
      public void close() {
        closeQuietly(connection);
      }
    };
  }

  private static long dataVersion(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA data_version")) {
      return row.getLong(1);
    }
  }

  @Override
  public List<String> integrityProblems(Handle handle) {
    List<String> problems = new ArrayList<>();
    handle
        .createQuery("PRAGMA integrity_check")
        .map(Row.TEXT)
        .filter(line -> !line.equals("ok"))
        .forEach(problems::add);
    handle
        .createQuery("PRAGMA foreign_key_check")
        .map(
            Row.mapper(
                row ->
                    "a row of table %s refers to a row of %s that is not there"
                        .formatted(row.text(1), row.text(3))))
        .forEach(problems::add);
    return problems;
  }

  /**
   * Deleted rows are overwritten in the pages; what the log still has of them goes with it. Another
   * process that reads just now keeps it until it closes.
   */
  @Override
  public void scrub(Handle handle) {
    handle.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  @Override
  public void close() {
    closed.set(true);
    for (Connection free = idle.poll(); free != null; free = idle.poll()) {
      closeQuietly(free);
    }
  }

  private static void closeQuietly(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // Nothing was left to be written.
      return;
    }
  }
}
