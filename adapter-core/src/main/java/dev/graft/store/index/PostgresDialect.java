package dev.graft.store.index;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import javax.sql.DataSource;
import org.jdbi.v3.core.ConnectionFactory;
import org.jdbi.v3.core.Handle;
import org.postgresql.Driver;
import org.postgresql.PGConnection;

/** PostgreSQL, for several machines. Only this class knows its driver and the pool. */
final class PostgresDialect implements Dialect {
  private static final String CHANNEL = "graft_store";

  /** Key of the advisory lock that all writers take; the letters of "graft". */
  private static final long WRITER_LOCK = 0x6772616674L;

  private static final int MAX_CONNECTIONS = 8;

  /** How long a thread waits for a connection, once there was one. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** So short that the first connection is tried once, and its failure told. */
  private static final Duration FIRST_CONNECT_TIMEOUT = Duration.ofMillis(1);

  private final String url;
  private final HikariDataSource pool;

  PostgresDialect(String url) {
    requireReadable(url);
    this.url = url;
    // Without a configuration at once, it starts with the first connection that is asked for.
    this.pool = new HikariDataSource();
    pool.setJdbcUrl(url);
    pool.setMaximumPoolSize(MAX_CONNECTIONS);
    pool.setMinimumIdle(1);
    pool.setConnectionTimeout(CONNECT_TIMEOUT.toMillis());
    pool.setInitializationFailTimeout(FIRST_CONNECT_TIMEOUT.toMillis());
    pool.setPoolName("graft-store");
  }

  /** The pool would say so as well, with the URL and the password in it. */
  private static void requireReadable(String url) {
    if (Driver.parseURL(url, new Properties()) == null) {
      throw new IllegalArgumentException(
          "the JDBC URL of the registry's database cannot be read; write jdbc:postgresql://HOST:PORT/NAME, its options after a question mark and percent-encoded");
    }
  }

  @Override
  public String name() {
    return "postgresql";
  }

  @Override
  public String textType() {
    return "TEXT COLLATE \"C\"";
  }

  @Override
  public ConnectionFactory connections() {
    return pool::getConnection;
  }

  @Override
  public DataSource dataSource() {
    return pool;
  }

  @Override
  public void beginWriting(Handle handle) {
    handle.begin();
    handle.execute("SET LOCAL lock_timeout = '20s'");
    handle
        .createQuery("SELECT CAST(pg_advisory_xact_lock(:key) AS text)")
        .bind("key", WRITER_LOCK)
        .mapTo(String.class)
        .one();
  }

  @Override
  public void beginReading(Handle handle) {
    handle.begin();
    handle.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
  }

  @Override
  public void commit(Handle handle) {
    handle.commit();
  }

  @Override
  public boolean commitIsKnownToFail() {
    return false;
  }

  @Override
  public void rollback(Handle handle) {
    handle.rollback();
  }

  @Override
  public void announce(Handle handle) {
    handle.execute("NOTIFY " + CHANNEL);
  }

  @Override
  public void forgetIdleConnections() {
    HikariPoolMXBean started = pool.getHikariPoolMXBean();
    if (started != null) {
      started.softEvictConnections();
    }
  }

  @Override
  public ChangeSignal signal() throws SQLException {
    Connection connection = DriverManager.getConnection(url);
    try (Statement statement = connection.createStatement()) {
      statement.execute("LISTEN " + CHANNEL);
    }
    PGConnection listener = connection.unwrap(PGConnection.class);
    return new ChangeSignal() {
      @Override
      public void await(Duration atMost) throws SQLException {
        listener.getNotifications(Math.max(1, Math.toIntExact(atMost.toMillis())));
      }

      @Override
      public void close() {
        try {
          connection.close();
        } catch (SQLException e) {
          // It only listened.
          return;
        }
      }
    };
  }

  /** PostgreSQL holds its constraints itself. */
  @Override
  public List<String> integrityProblems(Handle handle) {
    return List.of();
  }

  @Override
  public void scrub(Handle handle) {
    for (String table :
        List.of("version_file", "tag", "signature", "alias", "alias_move", "parent", "version")) {
      handle.execute("VACUUM " + table);
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
