package dev.graft.signing;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A key file or an envelope that is not what it should be; the message says what to give. */
public final class SigningException extends IOException {
  private static final long serialVersionUID = 1L;

  SigningException(String message) {
    super(message);
  }

  SigningException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
