package dev.graft.resident;

import static dev.graft.resident.Residents.BIAS;
import static dev.graft.resident.Residents.DENSE;
import static dev.graft.resident.Residents.HIDDEN;
import static dev.graft.resident.Residents.QUERY;
import static dev.graft.resident.Residents.WEIGHT;
import static dev.graft.resident.Residents.adapter;
import static dev.graft.resident.Residents.classifier;
import static dev.graft.resident.Residents.encoder;
import static dev.graft.resident.Residents.resident;
import static dev.graft.resident.Residents.row;
import static dev.graft.resident.Residents.shape;
import static dev.graft.resident.Residents.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.ort.NativeHandles;
import dev.graft.ort.NativeTensor;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdapterStackTest {
  private static final Set<String> BOTH = Set.of(QUERY.module(), DENSE.module());

  private final List<RowAdapter> rows = new ArrayList<>();
  private long handlesBefore;

  @BeforeEach
  void loadAdapters() {
    handlesBefore = NativeHandles.openCount();
    rows.add(row("a", resident(classifier(), adapter(1, 1, 2, QUERY))));
    rows.add(row("b", resident(classifier(), adapter(5, 3, 4, QUERY, DENSE))));
  }

  @AfterEach
  void everyHandleIsClosed() {
    rows.forEach(RowAdapter::release);
    assertEquals(handlesBefore, NativeHandles.openCount());
  }

  private RowAdapter narrow() {
    return rows.get(0);
  }

  private RowAdapter wide() {
    return rows.get(1);
  }

  @Test
  void fillsRanksUpWithZeros() {
    try (AdapterStack stack =
        AdapterStack.of(classifier(), List.of(narrow(), wide()), BOTH, false)) {
      Map<String, NativeTensor> feeds = stack.feeds();

      assertEquals(Set.of(QUERY.a(), QUERY.b(), DENSE.a(), DENSE.b()), feeds.keySet());
      assertEquals(List.of(2L, QUERY.in(), 3L), shape(feeds, QUERY.a()));
      assertEquals(filled(QUERY.a(), QUERY.in(), 3, narrow(), wide()), values(feeds, QUERY.a()));
      assertEquals(List.of(2L, 3L, QUERY.out()), shape(feeds, QUERY.b()));
      assertEquals(filled(QUERY.b(), 3, QUERY.out(), narrow(), wide()), values(feeds, QUERY.b()));
      assertEquals(List.of(2L, DENSE.in(), 3L), shape(feeds, DENSE.a()));
      assertEquals(filled(DENSE.a(), DENSE.in(), 3, narrow(), wide()), values(feeds, DENSE.a()));
    }
  }

  /** The matrices of some adapters, each in the corner of one of zeros. */
  private static List<Float> filled(String name, long rows, long columns, RowAdapter... adapters) {
    List<Float> all = new ArrayList<>();
    for (RowAdapter adapter : adapters) {
      Float[][] matrix = new Float[(int) rows][(int) columns];
      for (Float[] row : matrix) {
        Arrays.fill(row, 0f);
      }
      if (adapter.has(name)) {
        Map<String, NativeTensor> tensor = Map.of(name, adapter.tensor(name));
        List<Float> own = values(tensor, name);
        int width = Math.toIntExact(shape(tensor, name).get(2));
        for (int i = 0; i < own.size(); i++) {
          matrix[i / width][i % width] = own.get(i);
        }
      }
      for (Float[] row : matrix) {
        Collections.addAll(all, row);
      }
    }
    return all;
  }

  @Test
  void fillsHeadsUpWithLabelsThatNobodyAsksFor() {
    try (AdapterStack stack =
        AdapterStack.of(classifier(), List.of(narrow(), wide()), Set.of(), true)) {
      Map<String, NativeTensor> feeds = stack.feeds();

      assertEquals(Set.of(WEIGHT, BIAS), feeds.keySet());
      assertEquals(List.of(2L, HIDDEN, 4L), shape(feeds, WEIGHT));
      assertEquals(filled(WEIGHT, HIDDEN, 4, narrow(), wide()), values(feeds, WEIGHT));
      assertEquals(List.of(2L, 4L), shape(feeds, BIAS));
      List<Float> biases = new ArrayList<>(values(Map.of(BIAS, narrow().tensor(BIAS)), BIAS));
      biases.addAll(List.of(0f, 0f));
      biases.addAll(values(Map.of(BIAS, wide().tensor(BIAS)), BIAS));
      assertEquals(biases, values(feeds, BIAS));
    }
  }

  @Test
  void feedsTheTensorsOfASingleAdapterInPlace() {
    AdapterStack stack = AdapterStack.of(classifier(), List.of(wide()), BOTH, true);

    stack.feeds().forEach((name, tensor) -> assertSame(wide().tensor(name), tensor));
    assertEquals(6, stack.feeds().size());
    stack.close();

    assertEquals(12, values(Map.of(WEIGHT, wide().tensor(WEIGHT)), WEIGHT).size());
  }

  @Test
  void givesASlotThatNobodyFillsOneColumnOfZeros() {
    try (AdapterStack stack = AdapterStack.of(classifier(), List.of(narrow()), BOTH, false)) {
      assertEquals(List.of(1L, 2L, 1L), shape(stack.feeds(), DENSE.a()));
      assertEquals(List.of(0f, 0f), values(stack.feeds(), DENSE.a()));
      assertEquals(List.of(1L, 1L, 4L), shape(stack.feeds(), DENSE.b()));
      assertEquals(List.of(0f, 0f, 0f, 0f), values(stack.feeds(), DENSE.b()));
    }
  }

  @Test
  void feedsOnlyTheSlotsOfTheGraph() {
    try (AdapterStack stack =
        AdapterStack.of(classifier(), List.of(wide()), Set.of(DENSE.module()), false)) {
      assertEquals(Set.of(DENSE.a(), DENSE.b()), stack.feeds().keySet());
    }
  }

  @Test
  void stacksTheBaseBesideAnAdapter() {
    try (AdapterStack stack =
        AdapterStack.of(
            classifier(), List.of(RowAdapter.BASE, narrow()), Set.of(QUERY.module()), true)) {
      assertEquals(
          filled(QUERY.a(), QUERY.in(), 1, RowAdapter.BASE, narrow()),
          values(stack.feeds(), QUERY.a()));
      List<Float> biases = new ArrayList<>(List.of(0f, 0f));
      biases.addAll(values(Map.of(BIAS, narrow().tensor(BIAS)), BIAS));
      assertEquals(biases, values(stack.feeds(), BIAS));
    }
  }

  @Test
  void freesWhatItStackedWhenItFailsHalfWay() {
    long before = NativeHandles.openCount();

    var problem =
        assertThrows(
            IllegalStateException.class,
            () -> AdapterStack.of(encoder(), List.of(narrow(), wide()), BOTH, true).close());

    assertEquals("the bundle has no head", problem.getMessage());
    assertEquals(before, NativeHandles.openCount());
  }

  @Test
  void saysWhichAdapterEachRowUses() {
    assertEquals(List.of(1L, 0L, 1L), index(List.of(1, 0, 1), 2));
    assertEquals(List.of(0L), index(List.of(0, 0, 0), 1));
  }

  private static List<Long> index(List<Integer> choice, int adapters) {
    try (NativeTensor tensor = AdapterStack.index(choice, adapters)) {
      LongBuffer buffer = tensor.longBuffer();
      List<Long> index = new ArrayList<>();
      while (buffer.hasRemaining()) {
        index.add(buffer.get());
      }
      return index;
    }
  }
}
