package dev.graft.chat;

/** JSON's null as a value of a template, where Java's has no place. */
public enum None {
  NONE;

  @Override
  public String toString() {
    return "None";
  }
}
