package dev.graft.infer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.adapter.Adapter;
import dev.graft.export.Bundle;
import dev.graft.ort.NativeHandles;
import dev.graft.resident.UnknownAdapterException;
import dev.graft.session.TinyBundles;
import dev.graft.testmodels.TinyEncoders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Adapters that come and go while others are asked: no answer is ever another adapter's. */
class SwapStressTest {
  private static final int ADAPTERS = 64;
  private static final int NAMES = 24;
  private static final int THREADS = 8;
  private static final int SWAPS = 10_000;

  /** Batches of other shapes sum in another order; answers of two adapters differ by far more. */
  private static final double ROUNDING = 1e-4;

  private static final double DISTINCT = 100 * ROUNDING;

  /** More unions than an engine keeps graphs, so that graphs come and go too. */
  private static final String[][] MODULES = {{"query"}, {"query", "value"}, {"dense"}, {"key"}};

  private static final List<String> TEXTS =
      List.of(
          "my card was charged twice",
          "please",
          "when does the next train to the airport leave and can i take a bicycle on it",
          "the printer is out of paper again");

  @TempDir Path folder;

  private final List<Adapter> adapters = new ArrayList<>();

  /** By digest: the logits of each text, from an engine that never held two adapters. */
  private final Map<String, List<List<Float>>> expected = new HashMap<>();

  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
  private final LongAdder answers = new LongAdder();
  private final LongAdder unknown = new LongAdder();
  private long handlesBefore;

  @BeforeEach
  void countHandles() {
    handlesBefore = NativeHandles.openCount();
  }

  @Test
  void answersAreNeverAnotherAdapters() throws Exception {
    stress(Duration.ofSeconds(15));
  }

  @Test
  @Tag("slow")
  void answersAreNeverAnotherAdaptersForAMinute() throws Exception {
    stress(Duration.ofSeconds(60));
  }

  private void stress(Duration duration) throws Exception {
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.TORCHSCRIPT);
    expect(bundle);
    requireDistinctAnswers();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (Engine engine = Engine.open(bundle, EngineOptions.defaults().withThreads(1))) {
      long deadline = System.nanoTime() + duration.toNanos();
      List<Callable<Void>> workers = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Random random = new Random(100 + i);
        workers.add(() -> work(engine, random, deadline));
      }
      for (Future<Void> worker : threads.invokeAll(workers)) {
        worker.get();
      }
    } finally {
      threads.shutdown();
    }
    assertEquals(List.of(), wrong.stream().limit(5).toList());
    assertTrue(answers.sum() > 1_000, () -> "too few answers to mean much: " + answers);
    assertTrue(unknown.sum() > 10, () -> "no request met an unloaded adapter: " + unknown);
    assertEquals(
        handlesBefore, NativeHandles.openCount(), () -> NativeHandles.describeOpen().toString());
  }

  private void expect(Bundle bundle) throws IOException {
    try (Engine alone = Engine.open(bundle, EngineOptions.defaults().withThreads(1))) {
      for (int i = 0; i < ADAPTERS; i++) {
        String[] modules = MODULES[i % MODULES.length];
        Adapter adapter = TinyBundles.adapter(bundle, 1000 + i, 1 + i % 7, 2 + i % 5, modules);
        adapters.add(adapter);
        alone.load("alone", adapter);
        List<List<Float>> logits = new ArrayList<>();
        for (String text : TEXTS) {
          logits.add(alone.predict(List.of(Request.of(text, "alone"))).get(0).logits());
        }
        expected.put(adapter.digest(), logits);
      }
    }
    assertEquals(ADAPTERS, expected.size());
  }

  private void requireDistinctAnswers() {
    List<List<List<Float>>> all = List.copyOf(expected.values());
    for (int i = 0; i < all.size(); i++) {
      for (int j = 0; j < i; j++) {
        for (int text = 0; text < TEXTS.size(); text++) {
          assertTrue(
              difference(all.get(i).get(text), all.get(j).get(text)) > DISTINCT,
              "two adapters answer alike");
        }
      }
    }
  }

  private Void work(Engine engine, Random random, long deadline) {
    while (System.nanoTime() < deadline && wrong.isEmpty()) {
      String name = "tenant" + random.nextInt(NAMES);
      int dice = random.nextInt(100);
      if (dice < 15) {
        engine.load(name, adapters.get(random.nextInt(ADAPTERS)));
      } else if (dice < 20) {
        engine.unload(name);
      } else {
        ask(engine, random);
      }
    }
    return null;
  }

  private void ask(Engine engine, Random random) {
    List<Request> requests = new ArrayList<>();
    List<Integer> texts = new ArrayList<>();
    List<String> loaded = List.copyOf(engine.loaded().keySet());
    for (int i = 1 + random.nextInt(8); i > 0; i--) {
      int text = random.nextInt(TEXTS.size());
      // Mostly names that were there a moment ago, so that most batches are answered.
      String name =
          loaded.isEmpty() || random.nextInt(50) == 0
              ? "tenant" + random.nextInt(NAMES)
              : loaded.get(random.nextInt(loaded.size()));
      texts.add(text);
      requests.add(Request.of(TEXTS.get(text), name));
    }
    try {
      List<Prediction> found = engine.predict(requests);
      for (int i = 0; i < requests.size(); i++) {
        check(requests.get(i), texts.get(i), found.get(i));
      }
    } catch (UnknownAdapterException e) {
      unknown.increment();
    }
  }

  private void check(Request request, int text, Prediction found) {
    answers.increment();
    List<List<Float>> known = expected.get(found.adapterDigest());
    if (known == null || !request.adapter().orElse("").equals(found.adapter())) {
      wrong.add("%s was answered by %s".formatted(request, found));
      return;
    }
    if (difference(known.get(text), found.logits()) > ROUNDING) {
      wrong.add("%s: expected %s, found %s".formatted(request, known.get(text), found.logits()));
    }
  }

  /** Infinite where the number of labels differs. */
  private static double difference(List<Float> left, List<Float> right) {
    if (left.size() != right.size()) {
      return Double.POSITIVE_INFINITY;
    }
    double largest = 0;
    for (int i = 0; i < left.size(); i++) {
      largest = Math.max(largest, Math.abs((double) left.get(i) - right.get(i)));
    }
    return largest;
  }

  /**
   * An adapter here takes 0.4 MB, so that 10,000 leaked ones would show as 4 GB, and one leaked in
   * fifty as 80 MB.
   */
  @Test
  void tenThousandSwapsDoNotGrowTheProcess() throws IOException {
    Path status = Path.of("/proc/self/status");
    assumeTrue(Files.isReadable(status), "needs /proc to read the resident memory");
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.TORCHSCRIPT);
    List<Adapter> big = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      big.add(TinyBundles.adapter(bundle, i, 64, 3, "query", "key", "value", "dense"));
    }
    try (Engine engine = Engine.open(bundle, EngineOptions.defaults().withThreads(1))) {
      swap(engine, big, SWAPS / 5);
      long before = residentKilobytes(status);
      swap(engine, big, SWAPS);
      long growth = residentKilobytes(status) - before;
      assertTrue(growth < 64 * 1024, "resident memory grew by %d kB".formatted(growth));
    }
    assertEquals(
        handlesBefore, NativeHandles.openCount(), () -> NativeHandles.describeOpen().toString());
  }

  private static void swap(Engine engine, List<Adapter> adapters, int times) {
    for (int i = 0; i < times; i++) {
      Adapter adapter = adapters.get(i % adapters.size());
      engine.load("a", adapter);
      if (i % 100 == 0) {
        Prediction found = engine.predict(List.of(Request.of(TEXTS.get(1), "a"))).get(0);
        assertEquals(adapter.digest(), found.adapterDigest());
      }
    }
  }

  private static long residentKilobytes(Path status) throws IOException {
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.replaceAll("\\D", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow();
  }
}
