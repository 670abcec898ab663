package dev.graft.chat;

/** The text of a block, as the value that filters work on. */
final class Captured {
  /** No name of a template can be this. */
  private static final String NAME = "{captured}";

  Expr value() {
    return scope -> scope.get(NAME);
  }

  Object run(Stmt body, Expr filtered, Scope scope) {
    Output text = new Output(scope.run());
    body.run(scope.inner(), text);
    Scope inner = scope.inner();
    inner.set(NAME, text.toString());
    return filtered.in(inner);
  }
}
