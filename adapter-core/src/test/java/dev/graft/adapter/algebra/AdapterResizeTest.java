package dev.graft.adapter.algebra;

import static dev.graft.adapter.algebra.Loras.QUERY;
import static dev.graft.adapter.algebra.Loras.relativeDifference;
import static dev.graft.adapter.algebra.Loras.update;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraWeights;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterResizeTest {
  private static final Adapter ADAPTER = Loras.random(3, 8, 4, 40, 30);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 7})
  void losesWhatWasPredicted(int rank) {
    CombinedAdapter found = AdapterResize.of("a", ADAPTER, rank);

    for (CombinedAdapter.ModuleError error : found.moduleErrors()) {
      double real =
          relativeDifference(
              update(ADAPTER, error.module()), update(found.adapter(), error.module()));
      assertTrue(error.relativeError() > 0.01);
      assertEquals(error.relativeError(), real, 1e-6);
      assertEquals(rank, Loras.module(found.adapter(), error.module()).rank());
    }
  }

  @Test
  void predictsTheErrorFromTheSingularValues() {
    LoraSpectrum spectrum = LoraSpectrum.of(ADAPTER).get(0);
    double tail = 0;
    for (double value : spectrum.singularValues().subList(3, 8)) {
      tail += value * value;
    }

    CombinedAdapter.ModuleError error = AdapterResize.of("a", ADAPTER, 3).moduleErrors().get(0);

    assertEquals(spectrum.module(), error.module());
    assertEquals(spectrum.frobeniusNorm(), error.norm(), 1e-8);
    assertEquals(Math.sqrt(tail) / spectrum.frobeniusNorm(), error.relativeError(), 1e-8);
  }

  @Test
  void losesNothingByGrowing() {
    CombinedAdapter found = AdapterResize.of("a", ADAPTER, 12);

    assertEquals(0, found.relativeError().orElseThrow());
    assertEquals(12, Loras.module(found.adapter(), QUERY).rank());
    assertEquals(
        0, relativeDifference(update(ADAPTER, QUERY), update(found.adapter(), QUERY)), 1e-7);
  }

  @Test
  void growsAndShrinksBackToTheSameUpdate() {
    Adapter grown = AdapterResize.of("a", ADAPTER, 12).adapter();

    CombinedAdapter back = AdapterResize.of("a", grown, 8);

    assertEquals(0, back.relativeError().orElseThrow(), 1e-6);
    assertEquals(
        0, relativeDifference(update(ADAPTER, QUERY), update(back.adapter(), QUERY)), 1e-6);
  }

  @Test
  void notesWhereItComesFrom() {
    var derivation =
        AdapterResize.of("a", ADAPTER, 3).adapter().record().derivation().orElseThrow();

    assertEquals("resize", derivation.method());
    assertEquals(ADAPTER.digest(), derivation.parents().get(0).digest());
    assertEquals("{\"rank\":3}", derivation.settings().toString());
  }

  @Test
  void keepsAModuleWithoutAnUpdate() {
    LoraWeights idle =
        new LoraWeights(
            FloatTensor.of(List.of(2L, 2L), new float[] {1, 2, 3, 4}),
            FloatTensor.zeros(List.of(3L, 2L)));
    LoraWeights busy = Loras.weights(new Random(1), 2, 5, 4);
    Adapter adapter = Loras.adapter(2, 2, Map.of(QUERY, idle, Loras.VALUE, busy));

    CombinedAdapter found = AdapterResize.of("a", adapter, 1);

    assertEquals(0, found.moduleErrors().get(0).relativeError());
    assertTrue(Loras.module(found.adapter(), QUERY).isZero());
  }

  @Test
  void refusesTheRankItHas() {
    assertThrows(IllegalArgumentException.class, () -> AdapterResize.of("a", ADAPTER, 8));
    assertThrows(IllegalArgumentException.class, () -> AdapterResize.of("a", ADAPTER, 0));
  }
}
