package dev.graft.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.export.Bundle;
import dev.graft.export.ExportOptions;
import dev.graft.export.IncompatibleAdapterException;
import dev.graft.export.Task;
import dev.graft.ort.NativeHandles;
import dev.graft.resident.LoadedAdapter;
import dev.graft.resident.UnknownAdapterException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to sequences and memory when somebody interferes. */
class GenerationLifeTest {
  private static final List<Integer> PROMPT = List.of(70, 71, 72, 73, 74);

  @TempDir Path folder;
  private long handlesBefore;

  @BeforeEach
  void countHandles() {
    handlesBefore = NativeHandles.openCount();
  }

  @AfterEach
  void everyHandleIsClosed() {
    assertEquals(
        handlesBefore, NativeHandles.openCount(), () -> NativeHandles.describeOpen().toString());
  }

  private GenerationEngine engine(Bundle bundle) throws IOException {
    return GenerationEngine.open(bundle, GenerationOptions.defaults().withThreads(1));
  }

  private static GenerationRequest request(int count) {
    return GenerationRequest.of(Prompt.ofTokens(PROMPT))
        .withStopping(Stopping.defaults().withEndTokens(false).withMaxNewTokens(count));
  }

  /** Holds the engine's thread at the first piece of text until it is let go. */
  private static final class Gate implements GenerationListener {
    final CountDownLatch reached = new CountDownLatch(1);
    final CountDownLatch open = new CountDownLatch(1);

    @Override
    public void onText(String piece) {
      reached.countDown();
      await(open);
    }

    static void await(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Counts what is open once the engine's thread has nothing left to free. */
  private static long settledHandles() throws InterruptedException {
    long before = -1;
    while (before != NativeHandles.openCount()) {
      before = NativeHandles.openCount();
      Thread.sleep(100);
    }
    return before;
  }

  /** Waits until only so much is open. */
  private static void awaitHandles(long expected) throws InterruptedException {
    for (int i = 0; i < 500 && NativeHandles.openCount() != expected; i++) {
      Thread.sleep(10);
    }
    assertEquals(
        expected, NativeHandles.openCount(), () -> NativeHandles.describeOpen().toString());
  }

  @Test
  void cancellationEndsOneSequenceAndFreesItsMemory() throws Exception {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    try (GenerationEngine engine = engine(bundle)) {
      engine.load("a", TinyDecoders.lora(bundle, 1, 4, "q_proj"));
      List<Integer> alone = engine.generate(request(40)).tokens();
      long open = settledHandles();
      Gate gate = new Gate();
      Generation cancelled = engine.submit(request(50).withAdapter("a"), gate);
      Gate.await(gate.reached);
      Generation other = engine.submit(request(40));
      Generation waiting = engine.submit(request(40));

      cancelled.cancel();
      waiting.cancel();
      gate.open.countDown();

      GenerationResult result = cancelled.result();
      assertEquals(FinishReason.CANCELLED, result.finishReason());
      assertTrue(result.tokens().size() < 50, result.toString());
      assertFalse(result.text().isEmpty());
      assertEquals(FinishReason.CANCELLED, waiting.result().finishReason());
      assertEquals(List.of(), waiting.result().tokens());
      assertEquals(alone, other.result().tokens());
      awaitHandles(open);
    }
  }

  @Test
  void replacingAnAdapterLeavesSequencesUnderWayAlone() throws Exception {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    Adapter first = TinyDecoders.lora(bundle, 1, 4, "q_proj", "v_proj");
    Adapter second = TinyDecoders.prefix(bundle, 2, 6);
    try (GenerationEngine engine = engine(bundle)) {
      engine.load("a", first);
      GenerationResult alone = engine.generate(request(30).withAdapter("a"));
      engine.unload("a");
      long open = settledHandles();
      engine.load("a", first);
      Gate gate = new Gate();
      Generation underWay = engine.submit(request(30).withAdapter("a"), gate);
      Gate.await(gate.reached);

      LoadedAdapter replaced = engine.load("a", second);
      Generation next = engine.submit(request(30).withAdapter("a"));
      assertTrue(engine.unload("a"));
      gate.open.countDown();

      assertEquals(alone.tokens(), underWay.result().tokens());
      assertEquals(first.digest(), underWay.result().adapterDigest());
      assertEquals(second.digest(), next.result().adapterDigest());
      assertEquals(6, replaced.virtualTokens());
      assertNotEquals(alone.tokens(), next.result().tokens());
      assertThrows(UnknownAdapterException.class, () -> engine.submit(request(3).withAdapter("a")));
      awaitHandles(open);
    }
  }

  @Test
  void closingEndsEverySequence() throws Exception {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    Gate gate = new Gate();
    List<Generation> generations = new ArrayList<>();
    GenerationEngine engine = engine(bundle);
    engine.load("a", TinyDecoders.prefix(bundle, 2, 6));
    generations.add(engine.submit(request(50).withAdapter("a"), gate));
    Gate.await(gate.reached);
    for (int i = 0; i < 20; i++) {
      generations.add(engine.submit(request(50).withAdapter("a")));
    }

    gate.open.countDown();
    engine.close();

    for (Generation generation : generations) {
      assertTrue(generation.isDone());
      assertEquals(FinishReason.CANCELLED, generation.result().finishReason());
    }
    assertThrows(IllegalStateException.class, () -> engine.submit(request(3)));
  }

  @Test
  void aListenerThatFailsEndsItsOwnSequenceAlone() throws Exception {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    try (GenerationEngine engine = engine(bundle)) {
      List<Integer> alone = engine.generate(request(20)).tokens();
      Generation failing =
          engine.submit(
              request(20),
              piece -> {
                throw new IllegalStateException("the client is gone");
              });
      Generation other = engine.submit(request(20));

      IllegalStateException e = assertThrows(IllegalStateException.class, failing::result);

      assertTrue(e.toString().contains("the client is gone"), e.toString());
      assertEquals(alone, other.result().tokens());
    }
  }

  @Test
  void prefixesOfOtherModelsAndBundlesAreRefused() throws Exception {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    try (GenerationEngine engine = engine(bundle)) {
      IncompatibleAdapterException heads =
          assertThrows(
              IncompatibleAdapterException.class,
              () -> engine.load("a", TinyDecoders.prefix(bundle, 1, 5, 2, 4, 8)));
      assertTrue(heads.toString().contains("4 key-value heads"), heads.toString());
      IncompatibleAdapterException full =
          assertThrows(
              IncompatibleAdapterException.class,
              () -> engine.load("a", TinyDecoders.prefix(bundle, 1, 64)));
      assertTrue(full.toString().contains("64"), full.toString());
    }
    Bundle loraOnly =
        TinyDecoders.export(
            folder.resolve("lora"),
            "llama",
            ExportOptions.of(Task.TEXT_GENERATION).withAdapterTypes(Set.of("LORA")));
    try (GenerationEngine engine = engine(loraOnly)) {
      IncompatibleAdapterException e =
          assertThrows(
              IncompatibleAdapterException.class,
              () -> engine.load("a", TinyDecoders.prefix(loraOnly, 1, 5)));
      assertTrue(e.toString().contains("--adapter-type"), e.toString());
    }
  }
}
