package dev.graft.chat;

/** An expression, ready to be computed. */
interface Expr {
  Object in(Scope scope);
}
