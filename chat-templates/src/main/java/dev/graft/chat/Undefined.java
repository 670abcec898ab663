package dev.graft.chat;

/**
 * The value of what is not there: prints as nothing, is false, and has no attributes.
 *
 * @param problem what was asked for
 */
record Undefined(String problem) {
  static Undefined name(String name) {
    return new Undefined("\"%s\" is undefined".formatted(name));
  }

  static Undefined in(Object owner, Object key) {
    return new Undefined("%s has no \"%s\"".formatted(Values.typeName(owner), key));
  }

  Fault fault() {
    return new Fault(problem);
  }
}
