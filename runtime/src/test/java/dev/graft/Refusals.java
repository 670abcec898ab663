package dev.graft;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.function.Executable;

/** Read the message of an expected refusal. */
public final class Refusals {
  private Refusals() {}

  /** Require that the code throws this type and return its message. */
  public static String refusal(Class<? extends Throwable> type, Executable code) {
    String message = assertThrows(type, code).getMessage();
    return message == null ? fail("%s without a message".formatted(type)) : message;
  }
}
