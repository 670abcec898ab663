package dev.graft.onnx;

/** One dimension of a shape: a size, a name that stands for a size, or nothing known. */
public sealed interface Dim {

  /** A size known when the graph is made. */
  record Fixed(long size) implements Dim {
    public Fixed {
      if (size < 0) {
        throw new IllegalArgumentException(
            "a dimension must not be negative, found %d".formatted(size));
      }
    }

    @Override
    public String toString() {
      return Long.toString(size);
    }
  }

  /** A size known at run time; equal names within one graph mean equal sizes. */
  record Symbol(String name) implements Dim {
    public Symbol {
      if (name.isEmpty()) {
        throw new IllegalArgumentException("a symbolic dimension needs a name");
      }
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** A size about which nothing is known; equal to no other dimension for the purpose of rules. */
  record Unknown() implements Dim {
    @Override
    public String toString() {
      return "?";
    }
  }

  static Dim of(long size) {
    return new Fixed(size);
  }

  static Dim of(String name) {
    return new Symbol(name);
  }

  static Dim unknown() {
    return new Unknown();
  }

  /** Whether this is the fixed size {@code size}. */
  default boolean is(long size) {
    return this instanceof Fixed f && f.size() == size;
  }

  /** Whether this and the other certainly have the same size at run time. */
  default boolean surelyEquals(Dim other) {
    return !(this instanceof Unknown) && equals(other);
  }
}
