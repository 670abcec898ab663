package dev.graft.chat;

/**
 * A piece of a template.
 *
 * @param text the data, name, operator, or content of a string
 */
record Token(Kind kind, String text, int line) {
  enum Kind {
    DATA,
    BLOCK_BEGIN,
    BLOCK_END,
    PRINT_BEGIN,
    PRINT_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean is(Kind wanted, String wantedText) {
    return kind == wanted && text.equals(wantedText);
  }

  /** What a message calls it. */
  String shown() {
    return switch (kind) {
      case END -> "the end of the template";
      case BLOCK_END -> "the end of the block";
      case PRINT_END -> "the end of the expression";
      case DATA -> "text";
      default -> "\"%s\"".formatted(text);
    };
  }
}
