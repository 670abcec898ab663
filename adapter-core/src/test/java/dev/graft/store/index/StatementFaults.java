package dev.graft.store.index;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What goes wrong with the statements of an index, and at which of them. */
public final class StatementFaults {
  /**
   * A way in which a statement fails.
   *
   * @param name for reports
   * @param problem what the driver throws
   * @param losesConnection whether the connection is gone then
   * @param afterwards whether the statement was done before it failed
   */
  public record Fault(
      String name, Supplier<SQLException> problem, boolean losesConnection, boolean afterwards) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** A statement, which does what it is asked for when it is run. */
  interface Run<T> {
    T run() throws Throwable;
  }

  private final @Nullable Fault fault;
  private final int turn;
  private final List<String> statements = new ArrayList<>();

  private StatementFaults(@Nullable Fault fault, int turn) {
    this.fault = fault;
    this.turn = turn;
  }

  /** Write down what is run, and let everything work. */
  public static StatementFaults none() {
    return new StatementFaults(null, 0);
  }

  /** Let one statement fail, 1 for the first. */
  public static StatementFaults at(int turn, Fault fault) {
    return new StatementFaults(fault, turn);
  }

  /** What was run, in order; a commit is {@code COMMIT}. */
  public synchronized List<String> statements() {
    return List.copyOf(statements);
  }

  /** Whether something failed, if anything should. */
  public boolean hasStruck() {
    return statements().size() >= turn;
  }

  <T> T meet(String statement, Connection connection, Run<T> run) throws Throwable {
    int number;
    synchronized (this) {
      statements.add(statement);
      number = statements.size();
    }
    if (fault == null || number != turn) {
      return run.run();
    }
    if (fault.afterwards()) {
      run.run();
    }
    if (fault.losesConnection()) {
      connection.close();
    }
    throw fault.problem().get();
  }

  @Override
  public String toString() {
    List<String> all = statements();
    return "%s at %d (%s)"
        .formatted(fault, turn, turn <= 0 || turn > all.size() ? "" : all.get(turn - 1));
  }
}
