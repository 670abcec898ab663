package dev.graft.store.index;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.jdbi.v3.core.ConnectionFactory;
import org.jdbi.v3.core.Handle;

/** What SQLite and PostgreSQL do not have in common. */
interface Dialect extends AutoCloseable {
  /** The folder of the migrations that only this database has. */
  String name();

  /** The type of texts that are compared byte by byte, whatever the language of the database. */
  String textType();

  /** Connections, pooled. */
  ConnectionFactory connections();

  /** Connections for migrations. */
  DataSource dataSource();

  /** Begin a transaction that holds off all other writers of this store, wherever they are. */
  void beginWriting(Handle handle);

  /** Begin a transaction that sees one state of the database until its end. */
  void beginReading(Handle handle);

  /** Make what was written last. */
  void commit(Handle handle);

  /** Whether nothing is written when a commit fails, since no network lies between. */
  boolean commitIsKnownToFail();

  /** Forget what was written. */
  void rollback(Handle handle);

  /** Called last in a transaction that wrote: tell whoever waits for changes. */
  void announce(Handle handle);

  /** Use none of the connections again that are idle now; one of them was found dead. */
  void forgetIdleConnections();

  /** Start to wait for changes, from now on. */
  ChangeSignal signal() throws SQLException, IOException;

  /** What the database itself says of its state, one problem a line; nothing where it is sound. */
  List<String> integrityProblems(Handle handle);

  /** Take what was deleted out of the database's files as well, as far as it can be done now. */
  void scrub(Handle handle);

  @Override
  void close();
}
