package dev.graft.store.index;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.ConnectionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A connection that is lost when it is given back, after all was committed. */
class LostConnectionTest {
  @TempDir Path folder;

  @Test
  void doesNotWriteAgainWhatWasCommitted() throws IOException {
    AtomicBoolean broken = new AtomicBoolean();
    AtomicInteger writes = new AtomicInteger();
    try (Index index = new Index(losing(broken), "the index")) {
      index.migrate();
      broken.set(true);

      String id =
          index.write(
              "name the registry",
              false,
              session -> {
                writes.incrementAndGet();
                session.store().insert("one");
                return "one";
              });

      assertEquals("one", id);
      assertEquals(1, writes.get());
      broken.set(false);
      assertEquals("one", index.lookUp("name", s -> s.store().id()).orElseThrow());
    }
  }

  /** SQLite, with connections that cannot be given back while it is broken. */
  private Dialect losing(AtomicBoolean broken) {
    SqliteDialect sqlite = new SqliteDialect(folder.resolve("index.db"));
    ConnectionFactory sound = sqlite.connections();
    ConnectionFactory losing =
        new ConnectionFactory() {
          @Override
          public Connection openConnection() throws SQLException {
            return sound.openConnection();
          }

          @Override
          public void closeConnection(Connection connection) throws SQLException {
            if (broken.get()) {
              connection.close();
              throw new SQLException("the connection is lost", "08006");
            }
            sound.closeConnection(connection);
          }
        };
    return (Dialect)
        Proxy.newProxyInstance(
            Dialect.class.getClassLoader(),
            new Class<?>[] {Dialect.class},
            (proxy, method, args) -> {
              if (method.getName().equals("connections")) {
                return losing;
              }
              try {
                return method.invoke(sqlite, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
