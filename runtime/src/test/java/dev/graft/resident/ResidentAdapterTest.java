package dev.graft.resident;

import static dev.graft.resident.Residents.BIAS;
import static dev.graft.resident.Residents.DENSE;
import static dev.graft.resident.Residents.QUERY;
import static dev.graft.resident.Residents.WEIGHT;
import static dev.graft.resident.Residents.adapter;
import static dev.graft.resident.Residents.classifier;
import static dev.graft.resident.Residents.resident;
import static dev.graft.resident.Residents.shape;
import static dev.graft.resident.Residents.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.export.AdapterBinding;
import dev.graft.inject.PrefixInputs;
import dev.graft.ort.NativeHandles;
import dev.graft.ort.NativeTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ResidentAdapterTest {
  private long handlesBefore;

  @BeforeEach
  void countHandles() {
    handlesBefore = NativeHandles.openCount();
  }

  @AfterEach
  void everyHandleIsClosed() {
    assertEquals(handlesBefore, NativeHandles.openCount());
  }

  @Test
  void turnsFactorsAsGraphsTakeThemAndScalesTheSecond() {
    Adapter adapter = adapter(1, 2, 0, QUERY);
    LoraWeights weights = Objects.requireNonNull(LoraModules.in(adapter).get(QUERY.module()));

    ResidentAdapter resident = resident(classifier(), adapter);

    Map<String, NativeTensor> tensors = resident.tensors();
    assertEquals(Set.of(QUERY.a(), QUERY.b()), tensors.keySet());
    assertEquals(List.of(1L, 3L, 2L), shape(tensors, QUERY.a()));
    assertEquals(list(weights.a().transposed()), values(tensors, QUERY.a()));
    assertEquals(List.of(1L, 2L, 2L), shape(tensors, QUERY.b()));
    assertEquals(list(weights.b().transposed().scaled(2)), values(tensors, QUERY.b()));
    resident.release();
  }

  private static List<Float> list(FloatTensor tensor) {
    List<Float> values = new ArrayList<>();
    for (float value : tensor.toArray()) {
      values.add(value);
    }
    return values;
  }

  @Test
  void turnsTheHeadAndKnowsWhatItLabels() {
    Adapter adapter = adapter(1, 2, 4, QUERY, DENSE);

    ResidentAdapter resident = resident(classifier(), adapter);

    Map<String, NativeTensor> tensors = resident.tensors();
    assertEquals(List.of(1L, 3L, 4L), shape(tensors, WEIGHT));
    assertEquals(
        list(Objects.requireNonNull(adapter.saved().get(WEIGHT)).transposed()),
        values(tensors, WEIGHT));
    assertEquals(List.of(1L, 4L), shape(tensors, BIAS));
    assertEquals(list(Objects.requireNonNull(adapter.saved().get(BIAS))), values(tensors, BIAS));
    assertEquals(List.of("label0", "label1", "label2", "label3"), resident.labels());
    assertEquals(4, resident.labelCount());
    assertEquals(Set.of(QUERY.module(), DENSE.module()), resident.modules());
    assertEquals(adapter.digest(), resident.digest());
    assertEquals(0, resident.virtualTokens());
    // Query 2 x (3 + 2), dense 2 x (2 + 4), head 4 x (3 + 1), 4 bytes each.
    assertEquals(4 * (10 + 12 + 16), resident.sizeBytes());
    resident.release();
  }

  @Test
  void copiesKeysAndValuesOfAPrefixAsTheyAre() {
    Adapter adapter = Residents.prefix();
    List<PrefixLayer> layers = PrefixWeights.in(adapter);

    ResidentAdapter resident = resident(Residents.decoder(), adapter);

    for (int i = 0; i < 2; i++) {
      assertEquals(list(layers.get(i).key()), values(resident.tensors(), PrefixInputs.key(i)));
      assertEquals(list(layers.get(i).value()), values(resident.tensors(), PrefixInputs.value(i)));
      assertEquals(List.of(2L, 3L, 2L), shape(resident.tensors(), PrefixInputs.key(i)));
    }
    assertEquals(4, resident.tensors().size());
    assertEquals(3, resident.virtualTokens());
    assertEquals(3, Residents.row("a", resident).virtualTokens());
    assertEquals(Set.of(), resident.modules());
    resident.release();
  }

  @Test
  void holdsTheHeadOfABaseAsAnAdapterThatChangesNothing() {
    ResidentAdapter head =
        ResidentAdapter.ofHead(
            new AdapterBinding.Head(
                Map.of(WEIGHT, Residents.tensor(1, 2, 3), BIAS, Residents.tensor(2, 2)),
                List.of("no", "yes")));

    assertEquals("", head.digest());
    assertEquals(List.of("no", "yes"), head.labels());
    assertEquals(Set.of(), head.modules());
    assertEquals(Set.of(WEIGHT, BIAS), head.tensors().keySet());
    head.release();
  }

  @Test
  void freesItsMemoryWithTheLastOfItsUsers() {
    ResidentAdapter resident = resident(classifier(), adapter(1, 2, 0, QUERY));
    assertEquals(handlesBefore + 2, NativeHandles.openCount());

    assertTrue(resident.tryAcquire());
    assertTrue(resident.tryAcquire());
    resident.release();
    resident.release();
    assertEquals(handlesBefore + 2, NativeHandles.openCount());
    assertEquals(6, values(resident.tensors(), QUERY.a()).size());

    resident.release();
    assertEquals(handlesBefore, NativeHandles.openCount());
  }

  @Test
  void givesNobodyMemoryThatIsFreed() {
    ResidentAdapter resident = resident(classifier(), adapter(1, 2, 0, QUERY));
    resident.release();

    assertFalse(resident.tryAcquire());
    assertFalse(resident.tryAcquire());

    var problem = assertThrows(IllegalStateException.class, resident::release);
    assertTrue(problem.toString().contains(resident.digest()), problem.toString());
  }

  @Test
  void countsUsersThatComeAndGoAtOnce() throws Exception {
    ResidentAdapter resident = resident(classifier(), adapter(1, 2, 0, QUERY));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Integer>> users = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        users.add(() -> useOften(resident));
      }
      for (Future<Integer> user : threads.invokeAll(users)) {
        assertEquals(5_000, user.get());
      }
    } finally {
      threads.shutdown();
    }

    assertEquals(handlesBefore + 2, NativeHandles.openCount());
    resident.release();
  }

  private static int useOften(ResidentAdapter resident) {
    int times = 0;
    for (int i = 0; i < 5_000; i++) {
      if (resident.tryAcquire()) {
        times++;
        resident.release();
      }
    }
    return times;
  }
}
