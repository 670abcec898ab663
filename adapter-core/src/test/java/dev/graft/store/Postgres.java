package dev.graft.store;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;

/**
 * A PostgreSQL for tests. The server refuses to run as root; the package starts it as nobody by
 * {@code unshare -U} then, where the system lets it.
 */
final class Postgres {
  private Postgres() {}

  /** Start a server, or skip the tests with the reason. */
  static EmbeddedPostgres startOrSkip() {
    try {
      return EmbeddedPostgres.builder()
          .setPGStartupWait(Duration.ofMinutes(2))
          .setServerConfig("fsync", "off")
          .start();
    } catch (IOException | IllegalStateException e) {
      Assumptions.abort("PostgreSQL cannot be started here: " + e);
      throw new IllegalStateException(e);
    }
  }

  /** Make an empty database and say its URL. */
  static String newDatabase(EmbeddedPostgres server, String name) throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    }
    return server.getJdbcUrl("postgres", name);
  }
}
