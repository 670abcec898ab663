package dev.graft.chat;

/**
 * A chat template cannot be read, uses what is not supported, refuses a conversation, or exceeds a
 * limit.
 */
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TemplateException(String message) {
    super(message);
  }

  static TemplateException at(int line, String problem) {
    return new TemplateException("chat template, line %d: %s".formatted(line, problem));
  }
}
