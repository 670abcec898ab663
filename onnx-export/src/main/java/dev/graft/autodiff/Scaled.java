package dev.graft.autodiff;

/**
 * A gradient times a constant that no node applies yet, so that the next matrix product can take it
 * as its {@code alpha}.
 */
record Scaled(String value, double factor) {
  static Scaled of(String value) {
    return new Scaled(value, 1);
  }

  Scaled times(double more) {
    return new Scaled(value, factor * more);
  }
}
