package dev.graft.hub;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A model could not be had from the Hub; what follows the last semicolon is what to do. */
public class HubException extends IOException {
  private static final long serialVersionUID = 1L;

  HubException(String message) {
    super(message);
  }

  HubException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** There is no such repository, revision or file. */
  public static final class NotFound extends HubException {
    private static final long serialVersionUID = 1L;

    NotFound(String message) {
      super(message);
    }
  }

  /** The Hub does not let us. */
  public static final class Denied extends HubException {
    private static final long serialVersionUID = 1L;

    Denied(String message) {
      super(message);
    }
  }

  /** The bytes are not those that the listing promises. */
  public static final class Corrupt extends HubException {
    private static final long serialVersionUID = 1L;

    Corrupt(String message) {
      super(message);
    }
  }

  /** The endpoint says what no Hub may say, or has nothing that Graft can use. */
  public static final class Malformed extends HubException {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }

    Malformed(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The disk is too small. */
  public static final class NoSpace extends HubException {
    private static final long serialVersionUID = 1L;

    NoSpace(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Worth another try. */
  static final class Passing extends HubException {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable Duration wait;

    Passing(String message, @Nullable Duration wait) {
      super(message);
      this.wait = wait;
    }

    /** How long the server asks us to wait. */
    Optional<Duration> retryAfter() {
      return Optional.ofNullable(wait);
    }
  }
}
