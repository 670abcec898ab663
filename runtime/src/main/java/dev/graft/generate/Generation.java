package dev.graft.generate;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A sequence that was submitted: wait for it or cancel it, from any thread. */
public final class Generation {
  private final CompletableFuture<GenerationResult> future = new CompletableFuture<>();
  private final String adapterDigest;

  /** Set before the engine's thread sees the sequence, which reads it. */
  private Runnable beforeEnd = () -> {};

  private volatile boolean cancelled;

  Generation(String adapterDigest) {
    this.adapterDigest = adapterDigest;
  }

  /** The content of the adapter that answers, fixed at submission; empty for the base. */
  public String adapterDigest() {
    return adapterDigest;
  }

  /**
   * Asks for the end of the sequence. It ends before its next token, with the text so far and
   * {@link FinishReason#CANCELLED}, unless it has ended already.
   */
  public void cancel() {
    cancelled = true;
  }

  public boolean isDone() {
    return future.isDone();
  }

  /**
   * Waits for the end.
   *
   * @throws RuntimeException what made the sequence fail, as it was thrown
   */
  public GenerationResult result() {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  boolean isCancelled() {
    return cancelled;
  }

  /** Says what to do before those who wait are told of the end. */
  void beforeEnd(Runnable action) {
    beforeEnd = action;
  }

  void complete(GenerationResult result) {
    beforeEnd.run();
    future.complete(result);
  }

  void fail(Throwable failure) {
    beforeEnd.run();
    future.completeExceptionally(failure);
  }
}
