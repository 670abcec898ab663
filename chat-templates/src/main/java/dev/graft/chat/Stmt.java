package dev.graft.chat;

import java.util.List;

/** A statement, ready to be run. */
interface Stmt {
  /** How a statement ended. */
  enum Flow {
    ON,
    BREAK,
    CONTINUE
  }

  Flow run(Scope scope, Output out);

  /** One after the other. */
  static Stmt all(List<Stmt> statements) {
    return (scope, out) -> {
      for (Stmt statement : statements) {
        Flow flow = statement.run(scope, out);
        if (flow != Flow.ON) {
          return flow;
        }
      }
      return Flow.ON;
    };
  }

  /** Say at which line a statement failed. */
  static Stmt at(int line, Stmt statement) {
    return (scope, out) -> {
      try {
        scope.run().step();
        return statement.run(scope, out);
      } catch (Fault e) {
        throw TemplateException.at(line, e.problem());
      }
    };
  }
}
