package dev.graft.cli;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;

/** A PostgreSQL server on the loopback, which can be stopped and started again. */
final class TestDatabase implements AutoCloseable {
  /** Never checked by this server; a command that shows it is caught. */
  static final String PASSWORD = "top-secret";

  private final Path data;
  private EmbeddedPostgres server;

  private TestDatabase(Path data, EmbeddedPostgres server) {
    this.data = data;
    this.server = server;
  }

  /** Starts a server, or skips the tests with the reason. */
  static TestDatabase startOrSkip(Path data) {
    try {
      return new TestDatabase(data, start(data, 0));
    } catch (IOException | IllegalStateException e) {
      Assumptions.abort("PostgreSQL cannot be started here: " + e);
      throw new IllegalStateException(e);
    }
  }

  private static EmbeddedPostgres start(Path data, int port) throws IOException {
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setPGStartupWait(Duration.ofMinutes(2))
            .setDataDirectory(data)
            .setCleanDataDirectory(false)
            .setServerConfig("fsync", "off");
    return (port == 0 ? builder : builder.setPort(port)).start();
  }

  /** Makes an empty database and says its URL, with a user and a password. */
  String newDatabase(String name) throws SQLException {
    execute("CREATE DATABASE " + name);
    return "%s&password=%s".formatted(server.getJdbcUrl("postgres", name), PASSWORD);
  }

  /** Lets a user connect with a password only. */
  void requirePasswordOf(String user) throws IOException, SQLException {
    Path rules = data.resolve("pg_hba.conf");
    Files.writeString(
        rules, "host all %s all scram-sha-256%n%s".formatted(user, Files.readString(rules)));
    execute("SELECT pg_reload_conf()");
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Whether a statement finds any row. */
  boolean finds(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next();
    }
  }

  private Connection connect() throws SQLException {
    return server.getPostgresDatabase().getConnection();
  }

  /** A connection to a database. */
  Connection connectTo(String name) throws SQLException {
    return server.getDatabase("postgres", name).getConnection();
  }

  void stop() throws IOException {
    server.close();
  }

  /** Starts the stopped server again, with what it holds and where it was. */
  void startAgain() throws IOException {
    server = start(data, server.getPort());
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
