package dev.graft.store.index;

import dev.graft.store.model.FormatChange;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.OptionalInt;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * A database with the index of a store. Threads may share it; whoever opened it closes it.
 *
 * <p>Work runs in transactions: it takes effect whole, when {@link #write} returns, or not at all.
 */
public final class Index implements AutoCloseable {
  /** What is done in one transaction. */
  public interface Work<R> {
    /** Do it; an exception undoes it. */
    R in(Session session) throws IOException;
  }

  private static final int ATTEMPTS = 3;

  private final Dialect dialect;
  private final String where;
  private final Schema schema;
  private final Jdbi jdbi;

  /** Threads of this process queue here; the database would let them wait without any order. */
  private final Lock writers = new ReentrantLock(true);

  Index(Dialect dialect, String where) {
    this.dialect = dialect;
    this.where = where;
    this.schema = new Schema(dialect, where);
    this.jdbi = Jdbi.create(dialect.connections());
  }

  /** The index in a SQLite file, which need not be there yet. */
  public static Index sqlite(Path file) {
    return new Index(new SqliteDialect(file), file.toString());
  }

  /**
   * The index in a PostgreSQL database.
   *
   * @param url a JDBC URL, which may contain a password and appears in no message as a whole
   */
  public static Index postgres(String url) {
    int query = url.indexOf('?');
    return new Index(new PostgresDialect(url), query < 0 ? url : url.substring(0, query));
  }

  /** Where the index is, for people. */
  public String where() {
    return where;
  }

  /** The format of the index; empty where there is none yet. */
  public OptionalInt format() throws StoreException {
    try (Handle handle = jdbi.open()) {
      return Schema.format(handle);
    } catch (SQLException | JdbiException e) {
      throw IndexProblems.translate("read the format", where, e);
    }
  }

  /** The format that this Graft works with. */
  public static int newestFormat() {
    return Schema.NEWEST;
  }

  /** What {@link #migrate} has to do; an index that is none or of a newer format is refused. */
  public FormatChange formatChange() throws StoreException {
    return schema.change(format());
  }

  /** Refuse an index of another format than the newest. */
  public void requireNewestFormat() throws StoreException {
    schema.requireNewest(format());
  }

  /** Bring an empty database, or an index of an older format, to the newest. */
  public void migrate() throws StoreException {
    schema.migrate(format());
  }

  /** Run work that sees one state of the index from its first to its last statement. */
  public <R> R read(String doing, Work<R> work) throws IOException {
    return retried(doing, () -> readOnce(work));
  }

  private <R> R readOnce(Work<R> work) throws IOException {
    Handle handle = jdbi.open();
    try {
      dialect.beginReading(handle);
      try {
        return work.in(new Session(handle, dialect));
      } finally {
        rollback(handle);
      }
    } finally {
      release(handle);
    }
  }

  /** Run work of a single statement, which needs no transaction. */
  public <R> R lookUp(String doing, Work<R> work) throws IOException {
    return retried(doing, () -> lookUpOnce(work));
  }

  private <R> R lookUpOnce(Work<R> work) throws IOException {
    Handle handle = jdbi.open();
    try {
      return work.in(new Session(handle, dialect));
    } finally {
      release(handle);
    }
  }

  /**
   * Run work that writes, after all writers before it and before all after it.
   *
   * @param doing what is done, for messages: {@code promote acme/support}
   * @param dryRun whether to undo it after it was done
   * @param work may be run again, where the database went away before the commit
   * @throws StoreUnavailableException if the database cannot be written. Where it went away during
   *     the commit itself, the message says that the outcome is not known
   */
  public <R> R write(String doing, boolean dryRun, Work<R> work) throws IOException {
    writers.lock();
    try {
      return retried(doing, () -> writeOnce(doing, dryRun, work));
    } finally {
      writers.unlock();
    }
  }

  private <R> R writeOnce(String doing, boolean dryRun, Work<R> work) throws IOException {
    Handle handle = jdbi.open();
    try {
      dialect.beginWriting(handle);
      R result;
      boolean done = false;
      try {
        result = work.in(new Session(handle, dialect));
        if (!dryRun) {
          dialect.announce(handle);
          done = true;
        }
      } finally {
        if (!done) {
          rollback(handle);
        }
      }
      if (done) {
        commit(doing, handle);
      }
      return result;
    } finally {
      release(handle);
    }
  }

  /** A connection that dies now changes nothing: to try again would do what is done once more. */
  private static void release(Handle handle) {
    try {
      handle.close();
    } catch (JdbiException e) {
      discard(handle);
    }
  }

  private interface Attempt<R> {
    R run() throws IOException;
  }

  /** Pooled connections do not outlive a restart of the database; a new one may work. */
  private <R> R retried(String doing, Attempt<R> attempt) throws IOException {
    for (int left = ATTEMPTS; ; left--) {
      try {
        return attempt.run();
      } catch (JdbiException e) {
        boolean lost = IndexProblems.isLostConnection(e);
        if (left == 1 || !(lost || IndexProblems.isOvertaken(e))) {
          throw IndexProblems.translate(doing, where, e);
        }
        if (lost) {
          dialect.forgetIdleConnections();
        }
      } catch (IllegalStateException e) {
        // No row, or several, where there must be one.
        throw IndexProblems.translate(doing, where, e);
      }
    }
  }

  private void commit(String doing, Handle handle) throws StoreException {
    try {
      dialect.commit(handle);
    } catch (JdbiException e) {
      rollback(handle);
      if (dialect.commitIsKnownToFail() || IndexProblems.saysThatNothingIsWritten(e)) {
        throw e;
      }
      StoreException reason = IndexProblems.translate(doing, where, e);
      throw new StoreUnavailableException(
          "%s; whether it was written is not known: look at the audit log before you repeat it"
              .formatted(reason.getMessage()),
          reason);
    }
  }

  /** A connection that cannot roll back is not used again. */
  private void rollback(Handle handle) {
    try {
      dialect.rollback(handle);
    } catch (JdbiException e) {
      discard(handle);
    }
  }

  private static void discard(Handle handle) {
    try {
      handle.getConnection().close();
    } catch (SQLException e) {
      // It is gone already.
      return;
    }
  }

  /** Take what was deleted out of the database's files as well, as far as it can be done now. */
  public void scrub() throws IOException {
    retried(
        "scrub the index",
        () -> {
          try (Handle handle = jdbi.open()) {
            dialect.scrub(handle);
            return where;
          }
        });
  }

  /**
   * Start to wait for what other connections commit.
   *
   * @throws StoreUnavailableException if the database cannot be reached
   */
  public ChangeSignal signal() throws IOException {
    try {
      return dialect.signal();
    } catch (SQLException e) {
      throw IndexProblems.translate("wait for changes", where, e);
    }
  }

  /** The exception of a {@link ChangeSignal} in the store's words. */
  public StoreException translate(SQLException problem) {
    return IndexProblems.translate("wait for changes", where, problem);
  }

  @Override
  public void close() {
    dialect.close();
  }
}
