package dev.graft.store.index;

import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreFormatException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Says in the store's words what a database said in its own. */
final class IndexProblems {
  /** PostgreSQL's states of a connection that is gone. */
  private static final Set<String> LOST = Set.of("08003", "08006", "57P01", "57P02", "57P05");

  /** PostgreSQL's states of a failure to serialize, and of a deadlock. */
  private static final Set<String> OVERTAKEN = Set.of("40001", "40P01");

  private IndexProblems() {}

  /**
   * Translate.
   *
   * @param doing what was being done
   * @param where the index, for people
   */
  static StoreException translate(String doing, String where, Exception problem) {
    if (problem instanceof BadRowException || problem instanceof IllegalStateException) {
      return damaged(doing, where, String.valueOf(problem.getMessage()), problem);
    }
    SQLException sql = sqlCause(problem);
    if (sql instanceof SQLiteException sqlite) {
      return sqlite(doing, where, sqlite);
    }
    String text = text(sql == null ? problem : reason(sql));
    return unavailable(doing, where, text, remedy(state(problem)), problem);
  }

  /** The pool says that time ran out; why it got no connection is behind that. */
  private static SQLException reason(SQLException problem) {
    return problem instanceof SQLTransientConnectionException
            && problem.getCause() instanceof SQLException reason
        ? reason
        : problem;
  }

  /** The driver says that connecting failed; that a host is unknown is behind that. */
  private static String text(Exception problem) {
    String text = String.valueOf(problem.getMessage());
    String clause = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    return problem.getCause() instanceof IOException network
        ? "%s (%s)".formatted(clause, network)
        : clause;
  }

  private static String remedy(String state) {
    if (state.startsWith("53")) {
      return "the database has run out of a resource; free it and try again";
    }
    if (state.equals("25006")) {
      return "the database is read-only; connect to its primary";
    }
    if (state.startsWith("40")) {
      return "another process wrote at the same time; try again";
    }
    if (state.equals("55P03")) {
      return "another process holds the writers' lock; try again";
    }
    if (state.startsWith("28") || state.startsWith("3D")) {
      return "check user, password and database of the JDBC URL";
    }
    return "check that the database is running and reachable, then try again";
  }

  private static StoreException sqlite(String doing, String where, SQLiteException problem) {
    String text = String.valueOf(problem.getMessage());
    return switch (primary(problem.getResultCode())) {
      case SQLITE_NOTADB ->
          new StoreFormatException(
              "cannot %s: index %s is not a SQLite database; restore it from a backup"
                  .formatted(doing, where),
              problem);
      // Statements are fixed and were tried, so what they do not fit is the index.
      case SQLITE_CORRUPT,
          SQLITE_ERROR,
          SQLITE_CONSTRAINT,
          SQLITE_MISMATCH,
          SQLITE_TOOBIG,
          SQLITE_FORMAT ->
          damaged(doing, where, text, problem);
      case SQLITE_FULL ->
          unavailable(doing, where, text, "free room on the disk and try again", problem);
      case SQLITE_READONLY, SQLITE_PERM ->
          unavailable(doing, where, text, "make its folder writable for this user", problem);
      case SQLITE_CANTOPEN ->
          unavailable(
              doing,
              where,
              text,
              "check that it is a file, and make its folder writable for this user",
              problem);
      case SQLITE_BUSY, SQLITE_LOCKED ->
          unavailable(doing, where, text, "another process is writing; try again", problem);
      default ->
          unavailable(doing, where, text, "check that the disk is sound, then run fsck", problem);
    };
  }

  /** The low byte of an extended code is the code. */
  private static SQLiteErrorCode primary(SQLiteErrorCode code) {
    return SQLiteErrorCode.getErrorCode(code.code & 0xff);
  }

  private static DamagedStoreException damaged(
      String doing, String where, String text, Exception problem) {
    return new DamagedStoreException(
        "cannot %s: index %s is damaged (%s); restore it from a backup and run fsck"
            .formatted(doing, where, text),
        problem);
  }

  private static StoreUnavailableException unavailable(
      String doing, String where, String text, String remedy, Exception problem) {
    return new StoreUnavailableException(
        "cannot %s in index %s: %s; %s".formatted(doing, where, text, remedy), problem);
  }

  /** Whether the connection is gone, and a new one may work. */
  static boolean isLostConnection(Throwable problem) {
    return LOST.contains(state(problem));
  }

  /** Whether a transaction was undone for the sake of another one, and may work the next time. */
  static boolean isOvertaken(Throwable problem) {
    return OVERTAKEN.contains(state(problem));
  }

  /** Whether the database itself has said that a commit failed, so that nothing was written. */
  static boolean saysThatNothingIsWritten(Throwable problem) {
    String state = state(problem);
    return !state.isEmpty()
        && !state.startsWith("08")
        && !state.startsWith("57P")
        && !state.equals("40003");
  }

  private static String state(Throwable problem) {
    SQLException sql = sqlCause(problem);
    return sql == null || sql.getSQLState() == null ? "" : sql.getSQLState();
  }

  static @Nullable SQLException sqlCause(Throwable problem) {
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        return sql;
      }
    }
    return null;
  }
}
