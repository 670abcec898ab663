package dev.graft.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an engine does when more is asked of it than it lets wait. */
@Timeout(120)
class WaitingLimitTest {
  @TempDir Path folder;

  private GenerationEngine engine(int rows, int waiting) throws IOException {
    return GenerationEngine.open(
        TinyDecoders.export(folder, "llama"),
        GenerationOptions.defaults().withThreads(1).withMaxRows(rows).withMaxWaiting(waiting));
  }

  private static GenerationRequest request(int first) {
    return GenerationRequest.of(Prompt.ofTokens(List.of(first, 71, 72, 73)))
        .withStopping(Stopping.defaults().withEndTokens(false).withMaxNewTokens(6));
  }

  /** Holds the engine's thread at the first text until it is let go. */
  private static GenerationListener held(CountDownLatch open) {
    return piece -> {
      try {
        open.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    };
  }

  @Test
  void refusesARequestBeyondTheLimitAndNamesTheNumbers() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    try (GenerationEngine engine = engine(1, 2)) {
      List<Generation> taken = new ArrayList<>(List.of(engine.submit(request(70), held(open))));
      taken.add(engine.submit(request(80)));
      taken.add(engine.submit(request(90)));

      WaitingLimitException refused =
          assertThrows(WaitingLimitException.class, () -> engine.submit(request(99)));
      open.countDown();

      assertEquals(2, refused.limit());
      assertEquals(2, refused.waiting());
      assertEquals(
          "3 sequences are under way; the engine runs 1 at a time and lets 2 wait; submit it again"
              + " when one has ended, or open the engine with a higher limit",
          refused.getMessage());
      taken.forEach(generation -> assertEquals(6, generation.result().tokens().size()));
      assertEquals(6, engine.generate(request(99)).tokens().size());
    }
  }

  @Test
  void makesRoomForWhatWasCancelledOrFailed() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    try (GenerationEngine engine = engine(1, 1)) {
      Generation failing =
          engine.submit(
              request(70),
              piece -> {
                held(open).onText(piece);
                throw new IllegalStateException("the client is gone");
              });
      Generation cancelled = engine.submit(request(80));
      cancelled.cancel();
      open.countDown();
      assertThrows(IllegalStateException.class, failing::result);
      assertEquals(FinishReason.CANCELLED, cancelled.result().finishReason());

      for (int i = 0; i < 5; i++) {
        assertEquals(6, engine.generate(request(80)).tokens().size());
      }
    }
  }

  @Test
  void feedsAListThatIsLongerThanTheLimit() throws Exception {
    try (GenerationEngine engine = engine(2, 1)) {
      List<GenerationRequest> requests = new ArrayList<>();
      List<List<Integer>> alone = new ArrayList<>();
      for (int first = 70; first < 90; first++) {
        requests.add(request(first));
        alone.add(engine.generate(request(first)).tokens());
      }

      List<GenerationResult> results = engine.generate(requests);

      assertEquals(alone, results.stream().map(GenerationResult::tokens).toList());
    }
  }

  @Test
  void holdsItsLimitAgainstManyClients() throws Exception {
    int clients = 8;
    int each = 12;
    AtomicInteger refusals = new AtomicInteger();
    List<Integer> waiting = Collections.synchronizedList(new ArrayList<>());
    ExecutorService pool = Executors.newFixedThreadPool(clients);
    try (GenerationEngine engine = engine(2, 2)) {
      List<Integer> expected = engine.generate(request(75)).tokens();
      Callable<Integer> client =
          () -> {
            int answered = 0;
            while (answered < each) {
              try {
                assertEquals(expected, engine.generate(request(75)).tokens());
                answered++;
              } catch (WaitingLimitException e) {
                refusals.incrementAndGet();
                waiting.add(e.waiting());
                Thread.sleep(2);
              }
            }
            return answered;
          };

      int answered = 0;
      for (Future<Integer> future : pool.invokeAll(Collections.nCopies(clients, client))) {
        answered += future.get();
      }

      assertEquals(clients * each, answered);
      assertTrue(refusals.get() > 0, "eight clients never met four places");
      assertEquals(Collections.nCopies(refusals.get(), 2), waiting);
    } finally {
      pool.shutdown();
      assertTrue(pool.awaitTermination(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void refusesALimitBelowZero() {
    assertThrows(
        IllegalArgumentException.class, () -> GenerationOptions.defaults().withMaxWaiting(-1));
  }
}
