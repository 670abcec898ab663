package dev.graft.merge;

/** A merged model that does not answer as the adapter does; nothing was written. */
public final class MergeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MergeException(String message) {
    super(message);
  }
}
