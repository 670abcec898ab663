package dev.graft.resident;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.export.Bundle;
import dev.graft.export.BundleGraph;
import dev.graft.onnx.Graph;
import dev.graft.ort.NativeHandles;
import dev.graft.ort.OrtModel;
import dev.graft.ort.SessionSettings;
import dev.graft.session.BasePrecision;
import dev.graft.session.BundleSessions;
import dev.graft.session.TinyBundles;
import dev.graft.testmodels.TinyEncoders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphCacheTest {
  private static final Set<String> EMBEDDING = Set.of("embedding");
  private static final SessionSettings SETTINGS = SessionSettings.defaults().withIntraOpThreads(1);

  @TempDir static Path folder;
  private static Bundle bundle;
  private static List<String> modules = List.of();

  private final AtomicInteger opened = new AtomicInteger();
  private BundleSessions sessions;
  private long handlesBefore;

  @BeforeAll
  static void exportABundle() throws IOException {
    bundle = TinyBundles.export(folder, TinyEncoders.Style.DYNAMO);
    modules = bundle.manifest().slotModules();
  }

  @BeforeEach
  void openSessions() {
    handlesBefore = NativeHandles.openCount();
    sessions = BundleSessions.of(bundle);
  }

  @AfterEach
  void everyHandleIsClosed() {
    sessions.close();
    assertEquals(
        handlesBefore, NativeHandles.openCount(), () -> NativeHandles.describeOpen().toString());
  }

  private GraphCache cache(int capacity) {
    return new GraphCache(sessions, BasePrecision.FP32, this::counted, SETTINGS, capacity);
  }

  private Graph counted(Graph graph) {
    opened.incrementAndGet();
    return graph;
  }

  private static GraphCache.Key key(int module) {
    return new GraphCache.Key(Set.of(modules.get(module)), EMBEDDING);
  }

  private static OrtModel model(GraphCache cache, int module) {
    return cache.with(key(module), model -> model);
  }

  private static boolean isClosed(OrtModel model) {
    try {
      model.run(Map.of(), List.of("embedding")).close();
    } catch (IllegalStateException e) {
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
    throw new AssertionError("ran without inputs");
  }

  @Test
  void opensAGraphOncePerSetOfModulesAndOutputs() {
    try (GraphCache cache = cache(4)) {
      OrtModel model = model(cache, 0);

      assertSame(model, model(cache, 0));
      assertNotSame(model, model(cache, 1));
      assertEquals(2, opened.get());
      assertTrue(
          model.inputNames().stream().anyMatch(name -> name.startsWith(modules.get(0))),
          model.inputNames().toString());
      assertEquals("[embedding]", model.outputNames().toString());
    }
  }

  @Test
  void opensGraphsAsTheyAreWhereNothingIsToBeRewritten() {
    try (GraphCache cache = new GraphCache(sessions, BasePrecision.FP32, SETTINGS, 1)) {
      assertEquals("[embedding]", model(cache, 0).outputNames().toString());
    }
  }

  @Test
  void closesTheGraphThatWasNotUsedForLongest() {
    try (GraphCache cache = cache(2)) {
      OrtModel first = model(cache, 0);
      OrtModel second = model(cache, 1);
      model(cache, 0);

      OrtModel third = model(cache, 2);

      assertTrue(isClosed(second));
      assertSame(first, model(cache, 0));
      assertSame(third, model(cache, 2));
      assertEquals(3, opened.get());
      assertNotSame(second, model(cache, 1));
      assertEquals(4, opened.get());
    }
  }

  @Test
  void keepsAGraphThatWasPushedOutOpenUntilItsLastRunEnds() {
    try (GraphCache cache = cache(1)) {
      OrtModel model =
          cache.with(
              key(0),
              outer -> {
                cache.with(
                    key(0),
                    inner -> {
                      model(cache, 1);
                      assertFalse(isClosed(inner));
                      return inner;
                    });
                assertFalse(isClosed(outer));
                return outer;
              });

      assertTrue(isClosed(model));
      assertNotSame(model, model(cache, 0));
    }
  }

  @Test
  void givesAGraphBackWhenTheRunFails() {
    try (GraphCache cache = cache(1)) {
      OrtModel model = model(cache, 0);

      assertThrows(
          UnsupportedOperationException.class,
          () ->
              cache.with(
                  key(0),
                  running -> {
                    throw new UnsupportedOperationException("mine");
                  }));
      assertSame(model, model(cache, 0));
      model(cache, 1);

      assertTrue(isClosed(model));
    }
  }

  @Test
  void keepsOneGraphAndClosesTheOthersWhenTheirRunsEnd() {
    try (GraphCache cache = cache(4)) {
      OrtModel idle = model(cache, 0);
      OrtModel kept = model(cache, 1);

      OrtModel busy =
          cache.with(
              key(2),
              running -> {
                cache.keepOnly(key(1));
                assertTrue(isClosed(idle));
                assertFalse(isClosed(running));
                return running;
              });

      assertTrue(isClosed(busy));
      assertSame(kept, model(cache, 1));
      assertEquals(3, opened.get());
      assertNotSame(idle, model(cache, 0));
    }
  }

  @Test
  void closesItsGraphsButForRunsUnderWayAndRefusesLaterOnes() {
    GraphCache cache = cache(4);
    OrtModel idle = model(cache, 0);

    OrtModel busy =
        cache.with(
            key(1),
            running -> {
              cache.close();
              assertTrue(isClosed(idle));
              assertFalse(isClosed(running));
              return running;
            });

    assertTrue(isClosed(busy));
    var problem = assertThrows(IllegalStateException.class, () -> model(cache, 0));
    assertEquals("the engine is closed", problem.getMessage());
    cache.close();
  }

  @Test
  void triesAgainToOpenWhatCouldNotBeOpened() {
    AtomicInteger tries = new AtomicInteger();
    try (GraphCache cache =
        new GraphCache(sessions, BasePrecision.FP32, graph -> failing(graph, tries), SETTINGS, 2)) {
      var problem = assertThrows(IllegalArgumentException.class, () -> model(cache, 0));
      var error = assertThrows(CompletionException.class, () -> model(cache, 0));

      assertEquals("first", problem.getMessage());
      assertInstanceOf(AssertionError.class, error.getCause());
      OrtModel model = model(cache, 0);
      assertSame(model, model(cache, 0));
      assertEquals(3, tries.get());
    }
  }

  private static Graph failing(Graph graph, AtomicInteger tries) {
    return switch (tries.incrementAndGet()) {
      case 1 -> throw new IllegalArgumentException("first");
      case 2 -> throw new AssertionError("second");
      default -> graph;
    };
  }

  @Test
  void failsAsReadingTheBundleDoes() throws IOException {
    Path file = bundle.directory().resolve(BundleGraph.INFERENCE.fileName());
    Path away = folder.resolve("away");
    Files.move(file, away);
    try (GraphCache cache = cache(1)) {
      assertThrows(UncheckedIOException.class, () -> model(cache, 0));
    } finally {
      Files.move(away, file);
    }
  }

  @Test
  void letsRequestsForOneGraphWaitForItsOpening() throws Exception {
    CountDownLatch opening = new CountDownLatch(1);
    CountDownLatch open = new CountDownLatch(1);
    try (GraphCache cache =
        new GraphCache(
            sessions,
            BasePrecision.FP32,
            graph -> {
              opening.countDown();
              await(open);
              return counted(graph);
            },
            SETTINGS,
            2)) {
      CompletableFuture<OrtModel> first = CompletableFuture.supplyAsync(() -> model(cache, 0));
      opening.await();
      CompletableFuture<OrtModel> second = CompletableFuture.supplyAsync(() -> model(cache, 0));

      open.countDown();

      assertSame(first.get(), second.get());
      assertEquals(1, opened.get());
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
