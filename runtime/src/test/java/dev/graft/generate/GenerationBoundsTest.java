package dev.graft.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.export.Bundle;
import dev.graft.ort.NativeHandles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What fits into an engine, to the token, and what becomes of the leases of what does not. */
@Timeout(120)
class GenerationBoundsTest {
  private static final List<Integer> PROMPT = List.of(70, 71, 72, 73, 74);

  @TempDir static Path folder;
  private static Bundle bundle;
  private long handlesBefore;

  @BeforeAll
  static void exportABundle() throws IOException {
    bundle = TinyDecoders.export(folder, "llama");
  }

  @BeforeEach
  void countHandles() {
    handlesBefore = NativeHandles.openCount();
  }

  @AfterEach
  void everyHandleIsClosed() {
    assertEquals(
        handlesBefore, NativeHandles.openCount(), () -> NativeHandles.describeOpen().toString());
  }

  private static GenerationEngine engine(int maxCells) throws IOException {
    return GenerationEngine.open(
        bundle, GenerationOptions.defaults().withThreads(1).withMaxCells(maxCells));
  }

  private static GenerationRequest request(int count) {
    return GenerationRequest.of(Prompt.ofTokens(PROMPT))
        .withStopping(Stopping.defaults().withEndTokens(false).withMaxNewTokens(count));
  }

  @Test
  void givesALeaseBackWhenTheListenerFails() throws IOException {
    try (GenerationEngine engine = engine(1024)) {
      engine.load("a", TinyDecoders.prefix(bundle, 2, 6));
      Generation failing =
          engine.submit(
              request(20).withAdapter("a"),
              piece -> {
                throw new IllegalStateException("the client is gone");
              });

      assertThrows(IllegalStateException.class, failing::result);
      assertTrue(engine.unload("a"));
      assertFalse(engine.unload("a"));
    }
  }

  @Test
  void givesALeaseBackWhenARequestIsRefused() throws IOException {
    try (GenerationEngine engine = engine(1024)) {
      engine.load("a", TinyDecoders.prefix(bundle, 2, 6));
      long open = NativeHandles.openCount();

      assertThrows(
          ContextOverflowException.class, () -> engine.submit(request(5000).withAdapter("a")));
      engine.unload("a");

      int layers = bundle.manifest().requireDecoder().layers();
      assertEquals(open - 2L * layers, NativeHandles.openCount());
    }
  }

  @Test
  void takesARequestThatNeedsEveryCellAndNoneThatNeedsOneMore() throws IOException {
    try (GenerationEngine engine = engine(14)) {
      assertEquals(10, engine.generate(request(10)).tokens().size());

      var problem =
          assertThrows(ContextOverflowException.class, () -> engine.generate(request(11)));
      assertEquals(
          "prompt and answer need 15 cells of the cache, and the engine has 14; open it with more",
          problem.getMessage());
    }
  }

  @Test
  void saysHowManyNewTokensTheContextStillTakes() throws IOException {
    int context = bundle.manifest().maxLength();
    List<Integer> almost = Collections.nCopies(context - 1, 70);
    List<Integer> full = Collections.nCopies(context, 70);
    try (GenerationEngine engine = engine(1024)) {
      assertEquals(1, engine.generate(of(almost, 1)).tokens().size());

      var little = assertThrows(ContextOverflowException.class, () -> engine.submit(of(almost, 2)));
      var none = assertThrows(ContextOverflowException.class, () -> engine.submit(of(full, 1)));
      assertTrue(
          String.valueOf(little.getMessage())
              .endsWith("ask for at most 1 new tokens or shorten the prompt"),
          little.getMessage());
      assertTrue(
          String.valueOf(none.getMessage())
              .endsWith("takes %d; shorten the prompt".formatted(context)),
          none.getMessage());
    }
  }

  private static GenerationRequest of(List<Integer> prompt, int count) {
    return GenerationRequest.of(Prompt.ofTokens(prompt))
        .withStopping(Stopping.defaults().withEndTokens(false).withMaxNewTokens(count));
  }

  @Test
  void letsASequenceWaitUntilTheCellsOfAnotherAreFree() throws Exception {
    CountDownLatch submitted = new CountDownLatch(1);
    AtomicBoolean together = new AtomicBoolean();
    try (GenerationEngine engine = engine(30)) {
      Generation first =
          engine.submit(
              request(20),
              piece -> {
                try {
                  submitted.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      Generation second =
          engine.submit(request(20), piece -> together.compareAndSet(false, !first.isDone()));

      submitted.countDown();

      assertEquals(first.result().tokens(), second.result().tokens());
      assertFalse(together.get(), "two sequences of 24 cells ran in 30");
    }
  }

  @Test
  void tellsTheTimeOfTheFirstTokenAndOfAll() throws IOException {
    try (GenerationEngine engine = engine(1024)) {
      for (int count : new int[] {1, 20}) {
        GenerationResult result = engine.generate(request(count));

        assertTrue(result.firstTokenAfter().toNanos() > 0, result.toString());
        assertTrue(result.firstTokenAfter().compareTo(result.total()) <= 0, result.toString());
        assertTrue(result.total().compareTo(Duration.ofHours(1)) < 0, result.toString());
      }
    }
  }
}
