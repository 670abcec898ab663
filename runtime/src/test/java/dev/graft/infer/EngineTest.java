package dev.graft.infer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.export.Bundle;
import dev.graft.export.ExportOptions;
import dev.graft.export.IncompatibleAdapterException;
import dev.graft.export.Task;
import dev.graft.ort.NativeHandles;
import dev.graft.resident.LoadedAdapter;
import dev.graft.resident.UnknownAdapterException;
import dev.graft.session.TinyBundles;
import dev.graft.testmodels.TinyEncoders;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineTest {
  private static final String[] TEXTS = {
    "my card was charged twice",
    "please",
    "when does the next train to the airport leave and can i take a bicycle on it",
    "the printer is out of paper again"
  };

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

  private Engine engine(Bundle bundle) throws IOException {
    return Engine.open(bundle, EngineOptions.defaults().withThreads(1));
  }

  @Test
  void rowsOfAMixedBatchAreAnsweredAsEachAlone() throws IOException {
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.TORCHSCRIPT);
    try (Engine engine = engine(bundle)) {
      engine.load("a", TinyBundles.adapter(bundle, 1, 4, 3, "query", "value"));
      engine.load("b", TinyBundles.adapter(bundle, 2, 9, 7, "query", "value"));
      engine.load("c", TinyBundles.adapter(bundle, 3, 2, 2, "dense"));
      List<Request> mixed = new ArrayList<>();
      for (String text : TEXTS) {
        for (String adapter : List.of("a", "b", "c")) {
          mixed.add(Request.of(text, adapter));
        }
      }

      List<Prediction> together = engine.predict(mixed);

      for (int i = 0; i < mixed.size(); i++) {
        Prediction alone = engine.predict(List.of(mixed.get(i))).get(0);
        assertSame(alone, together.get(i));
        assertEquals(engine.loaded().get(together.get(i).adapter()), alone.adapterDigest());
      }
      assertEquals(7, together.get(1).logits().size());
    }
  }

  @Test
  void theBaseSharesABatchWithAdapters() throws IOException {
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.DYNAMO);
    try (Engine engine = engine(bundle)) {
      engine.load("a", TinyBundles.adapter(bundle, 1, 4, 3, "query"));

      float[] base = engine.embed(List.of(Request.ofBase(TEXTS[0])), false).get(0).values();
      List<Embedding> both =
          engine.embed(List.of(Request.ofBase(TEXTS[0]), Request.of(TEXTS[0], "a")), false);

      assertClose(base, both.get(0).values());
      assertTrue(largestDifference(base, both.get(1).values()) > 1e-3);
      assertEquals("", both.get(0).adapterDigest());
    }
  }

  @Test
  void normalisedEmbeddingsHaveLengthOne() throws IOException {
    Bundle bundle =
        TinyBundles.export(
            folder, TinyEncoders.Style.DYNAMO, ExportOptions.of(Task.FEATURE_EXTRACTION));
    try (Engine engine = engine(bundle)) {
      float[] values = engine.embed(List.of(Request.ofBase(TEXTS[2])), true).get(0).values();
      double sum = 0;
      for (float v : values) {
        sum += (double) v * v;
      }
      assertEquals(1, sum, 1e-5);
      assertThrows(
          IllegalArgumentException.class, () -> engine.predict(List.of(Request.ofBase("x"))));
    }
  }

  @Test
  void replacingAnAdapterChangesLaterAnswersAndFreesTheOldOne() throws IOException {
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.TORCHSCRIPT);
    try (Engine engine = engine(bundle)) {
      LoadedAdapter first = engine.load("a", TinyBundles.adapter(bundle, 1, 4, 3, "query"));
      Prediction before = engine.predict(List.of(Request.of(TEXTS[0], "a"))).get(0);
      long open = NativeHandles.openCount();

      LoadedAdapter second = engine.load("a", TinyBundles.adapter(bundle, 2, 4, 3, "query"));
      Prediction after = engine.predict(List.of(Request.of(TEXTS[0], "a"))).get(0);

      assertNotEquals(first.digest(), second.digest());
      assertEquals(first.digest(), before.adapterDigest());
      assertEquals(second.digest(), after.adapterDigest());
      assertNotEquals(before.logits(), after.logits());
      assertEquals(open, NativeHandles.openCount());
    }
  }

  @Test
  void anUnknownAdapterIsRefusedWithTheNearestName() throws IOException {
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.TORCHSCRIPT);
    try (Engine engine = engine(bundle)) {
      engine.load("acme-support", TinyBundles.adapter(bundle, 1, 4, 3, "query"));
      UnknownAdapterException e =
          assertThrows(
              UnknownAdapterException.class,
              () -> engine.predict(List.of(Request.of("x", "acme-suport"))));
      assertTrue(e.toString().contains("acme-support"), e.toString());
      assertTrue(engine.unload("acme-support"));
      assertFalse(engine.unload("acme-support"));
    }
  }

  @Test
  void anAdapterOfAnotherBaseIsRefused() throws IOException {
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.TORCHSCRIPT);
    Adapter adapter = TinyBundles.adapter(bundle, 1, 4, 3, "query");
    GraftRecord other = adapter.record().toBuilder().baseDigest("sha256:" + "0".repeat(64)).build();
    try (Engine engine = engine(bundle)) {
      IncompatibleAdapterException e =
          assertThrows(
              IncompatibleAdapterException.class,
              () -> engine.load("a", adapter.withRecord(other)));
      assertTrue(e.toString().contains(bundle.manifest().baseDigest()), e.toString());
    }
  }

  @Test
  void anAdapterOfAModuleWithoutASlotIsRefusedNamingTheExport() throws IOException {
    Bundle all = TinyBundles.export(folder.resolve("all"), TinyEncoders.Style.TORCHSCRIPT);
    Bundle few =
        TinyBundles.export(
            folder.resolve("few"),
            TinyEncoders.Style.TORCHSCRIPT,
            ExportOptions.of(Task.TEXT_CLASSIFICATION)
                .withTargets(TargetModules.suffixes("query")));
    assertEquals(all.manifest().baseDigest(), few.manifest().baseDigest());
    try (Engine engine = engine(few)) {
      engine.load("fits", TinyBundles.adapter(all, 1, 4, 3, "query"));
      IncompatibleAdapterException e =
          assertThrows(
              IncompatibleAdapterException.class,
              () -> engine.load("not", TinyBundles.adapter(all, 1, 4, 3, "query", "value")));
      assertTrue(e.toString().contains("--targets"), e.toString());
      assertTrue(e.toString().contains("value"), e.toString());
    }
  }

  @Test
  void tellsTheLabelsOfAnAdapterAndGivesItBack() throws IOException {
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.TORCHSCRIPT);
    try (Engine engine = engine(bundle)) {
      engine.load("a", TinyBundles.adapter(bundle, 1, 4, 3, "query"));

      assertEquals(List.of("label0", "label1", "label2"), engine.labelsOf("a"));
      assertThrows(UnknownAdapterException.class, () -> engine.labelsOf("b"));
    }
  }

  @Test
  void refusesToClassifyWithoutAHeadAndGivesBackWhatItLeased() throws IOException {
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.TORCHSCRIPT);
    Adapter whole = TinyBundles.adapter(bundle, 1, 4, 3, "query");
    Adapter headless =
        Adapter.of(
            whole.config(),
            whole.weights(),
            Map.of(),
            whole.record().toBuilder().labels(List.of()).build());
    try (Engine engine = engine(bundle)) {
      engine.load("a", whole);
      engine.load("b", headless);

      var adapter =
          assertThrows(
              IllegalArgumentException.class,
              () -> engine.predict(List.of(Request.of("x", "a"), Request.of("x", "b"))));
      var base =
          assertThrows(
              IllegalArgumentException.class, () -> engine.predict(List.of(Request.ofBase("x"))));

      assertEquals("adapter 'b' has no classification head; use it to embed", adapter.getMessage());
      assertEquals(
          "a classification needs an adapter: no head came with the base model", base.getMessage());
      assertEquals(1, engine.embed(List.of(Request.of("x", "b")), false).size());
    }
  }

  @Test
  void aClosedEngineRefusesWork() throws IOException {
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.DYNAMO);
    Engine engine = engine(bundle);
    engine.close();
    assertThrows(
        IllegalStateException.class, () -> engine.embed(List.of(Request.ofBase("x")), false));
    assertThrows(
        IllegalStateException.class,
        () -> engine.load("a", TinyBundles.adapter(bundle, 1, 4, 3, "query")));
  }

  private static void assertSame(Prediction expected, Prediction actual) {
    assertEquals(expected.labels(), actual.labels());
    assertEquals(expected.adapterDigest(), actual.adapterDigest());
    for (int i = 0; i < expected.logits().size(); i++) {
      assertEquals(expected.logits().get(i), actual.logits().get(i), 2e-5);
    }
  }

  private static void assertClose(float[] expected, float[] actual) {
    assertTrue(largestDifference(expected, actual) < 2e-5);
  }

  private static double largestDifference(float[] expected, float[] actual) {
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i] - actual[i]));
    }
    return largest;
  }
}
