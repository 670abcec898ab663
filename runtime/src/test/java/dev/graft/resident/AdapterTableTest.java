package dev.graft.resident;

import static dev.graft.resident.Residents.BIAS;
import static dev.graft.resident.Residents.DENSE;
import static dev.graft.resident.Residents.QUERY;
import static dev.graft.resident.Residents.WEIGHT;
import static dev.graft.resident.Residents.adapter;
import static dev.graft.resident.Residents.classifier;
import static dev.graft.resident.Residents.tensor;
import static dev.graft.resident.Residents.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.export.AdapterBinding.Head;
import dev.graft.export.IncompatibleAdapterException;
import dev.graft.ort.NativeHandles;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdapterTableTest {
  private final Adapter first = adapter(1, 2, 3, QUERY);
  private final Adapter second = adapter(5, 1, 0, QUERY, DENSE);
  private long handlesBefore;

  @BeforeEach
  void countHandles() {
    handlesBefore = NativeHandles.openCount();
  }

  @AfterEach
  void everyHandleIsClosed() {
    assertEquals(handlesBefore, NativeHandles.openCount());
  }

  private long open() {
    return NativeHandles.openCount() - handlesBefore;
  }

  @Test
  void saysWhatItLoaded() {
    try (AdapterTable table = new AdapterTable(classifier())) {
      LoadedAdapter loaded = table.load("a", first);

      assertEquals("a", loaded.name());
      assertEquals(first.digest(), loaded.digest());
      assertEquals(List.of("label0", "label1", "label2"), loaded.labels());
      assertEquals(1, loaded.modules());
      assertEquals(0, loaded.virtualTokens());
      assertEquals(4 * (2 * (3 + 2) + 3 * (3 + 1)), loaded.sizeBytes());
      assertEquals(2, table.load("b", second).modules());
      assertEquals(Map.of("a", first.digest(), "b", second.digest()), table.digests());
    }
  }

  @Test
  void leasesWhatHasTheNameNowAndFreesWhatWasReplaced() {
    try (AdapterTable table = new AdapterTable(classifier())) {
      table.load("a", first);
      RowAdapter old = table.acquire("a");
      table.load("a", second);
      RowAdapter now = table.acquire("a");

      assertEquals("a", old.name());
      assertEquals(first.digest(), old.digest());
      assertEquals(second.digest(), now.digest());
      assertEquals(4 + 4, open());
      assertEquals(9, values(Map.of("", old.tensor(WEIGHT)), "").size());

      old.release();
      assertEquals(4, open());
      now.release();
      assertEquals(4, open());
    }
  }

  @Test
  void forgetsANameAndFreesItsAdapterWhenNobodyUsesItAnyMore() {
    try (AdapterTable table = new AdapterTable(classifier())) {
      table.load("a", first);
      RowAdapter lease = table.acquire("a");

      assertTrue(table.unload("a"));
      assertFalse(table.unload("a"));

      assertEquals(4, open());
      lease.release();
      assertEquals(0, open());
      var problem = assertThrows(UnknownAdapterException.class, () -> table.acquire("a"));
      assertEquals("no adapter 'a' is loaded; loaded are []", problem.getMessage());
    }
  }

  @Test
  void offersTheNearestNameForOneThatIsNotLoaded() {
    try (AdapterTable table = new AdapterTable(classifier())) {
      table.load("support", second);

      var problem = assertThrows(UnknownAdapterException.class, () -> table.acquire("suport"));

      assertEquals(
          "no adapter 'suport' is loaded; loaded are [support] did you mean \"support\"?",
          problem.getMessage());
    }
  }

  @Test
  void refusesWhatItCannotLoadAndKeepsWhatItHas() {
    try (AdapterTable table = new AdapterTable(classifier())) {
      table.load("a", second);

      assertThrows(IllegalArgumentException.class, () -> table.load("", first));
      var infinite =
          assertThrows(
              IncompatibleAdapterException.class, () -> table.load("a", withInfinity(first)));

      assertTrue(infinite.toString().contains("adapter 'a' has weights"), infinite.toString());
      assertEquals(Map.of("a", second.digest()), table.digests());
      assertEquals(4, open());
    }
  }

  private static Adapter withInfinity(Adapter adapter) {
    FloatTensor a =
        FloatTensor.wrap(List.of(2L, 3L), new float[] {1, Float.POSITIVE_INFINITY, 2, 3, 4, 5});
    return Adapter.of(
        adapter.config(),
        LoraModules.of(Map.of(QUERY.module(), new LoraWeights(a, tensor(1, 2, 2)))),
        adapter.saved(),
        adapter.record());
  }

  @Test
  void letsNobodyFindAnAdapterThatIsNotPrepared() {
    try (AdapterTable table = new AdapterTable(classifier())) {
      table.load(
          "a",
          first,
          resident -> {
            assertEquals(first.digest(), resident.digest());
            assertThrows(UnknownAdapterException.class, () -> table.acquire("a"));
          });
      var problem =
          assertThrows(
              IllegalStateException.class,
              () ->
                  table.load(
                      "a",
                      second,
                      resident -> {
                        throw new IllegalStateException("no room");
                      }));

      assertEquals("no room", problem.getMessage());
      assertEquals(Map.of("a", first.digest()), table.digests());
      assertEquals(4, open());
    }
  }

  @Test
  void answersWithTheBaseItselfWhereItHasNoHead() {
    try (AdapterTable table = new AdapterTable(classifier())) {
      assertSame(RowAdapter.BASE, table.acquireBase());
    }
  }

  @Test
  void leasesTheHeadThatCameWithTheBase() {
    Head head = new Head(Map.of(WEIGHT, tensor(1, 2, 3), BIAS, tensor(2, 2)), List.of("no", "yes"));
    AdapterTable table = new AdapterTable(classifier(), Optional.of(head));
    RowAdapter lease = table.acquireBase();
    RowAdapter other = table.acquireBase();

    table.close();

    assertEquals(List.of("no", "yes"), lease.labels());
    assertEquals("", lease.name());
    lease.release();
    assertEquals(2, open());
    other.release();
    assertEquals(0, open());
    table.close();
    var problem = assertThrows(IllegalStateException.class, table::acquireBase);
    assertEquals("the engine is closed", problem.getMessage());
  }

  @Test
  void refusesWorkOnceClosedAndLetsLeasesEnd() {
    AdapterTable table = new AdapterTable(classifier());
    table.load("a", first);
    table.load("b", second);
    RowAdapter lease = table.acquire("a");

    table.close();

    assertEquals(4, open());
    assertThrows(IllegalStateException.class, () -> table.acquire("a"));
    assertThrows(IllegalStateException.class, () -> table.load("c", second));
    assertEquals(Map.of(), table.digests());
    assertEquals(4, open());
    lease.release();
    assertEquals(0, open());
  }
}
