package dev.graft.store;

import dev.graft.store.index.FaultyIndex;
import dev.graft.store.index.Index;
import dev.graft.store.index.StatementFaults;
import dev.graft.store.index.StatementFaults.Fault;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

class SqliteFaultsTest extends IndexFaultsContract {
  @Override
  StoreLocation newLocation(Path folder) {
    return StoreLocation.directory(folder.resolve("store"));
  }

  @Override
  Index faulty(StoreLocation place, StatementFaults faults) {
    return FaultyIndex.sqlite(place.directory().resolve("index.db"), faults);
  }

  @Override
  List<Fault> faults() {
    return Stream.of(
            SQLiteErrorCode.SQLITE_FULL,
            SQLiteErrorCode.SQLITE_IOERR_WRITE,
            SQLiteErrorCode.SQLITE_READONLY,
            SQLiteErrorCode.SQLITE_CORRUPT,
            SQLiteErrorCode.SQLITE_BUSY)
        .map(
            code ->
                new Fault(
                    code.name(), () -> new SQLiteException(code.toString(), code), false, false))
        .toList();
  }
}
