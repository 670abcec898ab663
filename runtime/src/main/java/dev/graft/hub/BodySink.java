package dev.graft.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;

/**
 * Hands a response's body on as it comes, one chunk asked for at a time, and gives up the
 * connection where the target refuses a chunk.
 */
final class BodySink<T> implements BodySubscriber<T> {
  /** What takes a body. Called by one thread at a time. */
  interface Target<T> {
    /** Takes a chunk; a failure ends the response. */
    void take(ByteBuffer chunk) throws IOException;

    /** The body has come to its end. */
    T finish() throws IOException;
  }

  private final Target<T> target;
  private final Runnable onLife;
  private final CompletableFuture<T> result = new CompletableFuture<>();
  private volatile Subscription subscription = NO_SUBSCRIPTION;

  private static final Subscription NO_SUBSCRIPTION =
      new Subscription() {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
      };

  /**
   * A sink.
   *
   * @param onLife called whenever something comes
   */
  BodySink(Target<T> target, Runnable onLife) {
    this.target = target;
    this.onLife = onLife;
  }

  @Override
  public CompletionStage<T> getBody() {
    return result;
  }

  @Override
  public void onSubscribe(Subscription given) {
    subscription = given;
    onLife.run();
    given.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> chunks) {
    onLife.run();
    try {
      for (ByteBuffer chunk : chunks) {
        target.take(chunk);
      }
      subscription.request(1);
    } catch (IOException | RuntimeException e) {
      subscription.cancel();
      fail(e);
    }
  }

  @Override
  public void onError(Throwable problem) {
    result.completeExceptionally(problem);
  }

  @Override
  public void onComplete() {
    try {
      result.complete(target.finish());
    } catch (IOException | RuntimeException e) {
      fail(e);
    }
  }

  private void fail(Exception e) {
    // Told apart from what the connection itself may throw.
    result.completeExceptionally(
        e instanceof IOException io && !(e instanceof HubException)
            ? new UncheckedIOException(io)
            : e);
  }
}
