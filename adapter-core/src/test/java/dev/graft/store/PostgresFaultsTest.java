package dev.graft.store;

import dev.graft.store.index.FaultyIndex;
import dev.graft.store.index.Index;
import dev.graft.store.index.StatementFaults;
import dev.graft.store.index.StatementFaults.Fault;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class PostgresFaultsTest extends IndexFaultsContract {
  private static EmbeddedPostgres server;
  private static int databases;

  @BeforeAll
  static void start() {
    server = Postgres.startOrSkip();
  }

  @AfterAll
  static void stop() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  @Override
  StoreLocation newLocation(Path folder) throws SQLException {
    return StoreLocation.postgres(
        Postgres.newDatabase(server, "faults" + databases++), folder.resolve("blobs"));
  }

  @Override
  Index faulty(StoreLocation place, StatementFaults faults) {
    return FaultyIndex.postgres(place.database().orElseThrow(), faults);
  }

  @Override
  List<Fault> faults() {
    return List.of(
        fault("disk full", "53100", false, false),
        fault("shut down", "57P01", true, false),
        fault("connection lost", "08006", true, false),
        fault("not serializable", "40001", false, false),
        fault("answer lost", "08006", true, true));
  }

  private static Fault fault(String name, String state, boolean loses, boolean afterwards) {
    return new Fault(name, () -> new SQLException(name, state), loses, afterwards);
  }
}
