package dev.graft.store.index;

import org.jdbi.v3.core.JdbiException;

/** A row that a sound index cannot have. */
final class BadRowException extends JdbiException {
  private static final long serialVersionUID = 1;

  BadRowException(String problem) {
    super(problem);
  }

  BadRowException(RuntimeException problem) {
    super(String.valueOf(problem.getMessage()), problem);
  }
}
