package dev.graft.text;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer file is not one, or not one that can be used; the message names file, what was found
 * and the remedy.
 */
public final class TokenizerException extends IOException {
  private static final long serialVersionUID = 1L;

  public TokenizerException(String message) {
    super(message);
  }

  public TokenizerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
