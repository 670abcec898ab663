package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClassWeightsTest {
  private static final List<String> LABELS = List.of("a", "b", "c");

  @Test
  void balancedGivesEveryLabelTheSameSum() {
    float[] weights = new ClassWeights.Balanced().resolve(LABELS, new int[] {6, 3, 0});
    assertArrayEquals(new float[] {0.75f, 1.5f, 1}, weights);
  }

  @Test
  void labelsThatAreNotNamedWeighOne() {
    float[] weights =
        new ClassWeights.ByLabel(Map.of("b", 2.5)).resolve(LABELS, new int[] {1, 1, 1});
    assertArrayEquals(new float[] {1, 2.5f, 1}, weights);
  }

  @Test
  void refusesALabelThatTheDataDoesNotHave() {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new ClassWeights.ByLabel(Map.of("travl", 2.0))
                    .resolve(List.of("travel", "banking"), new int[] {1, 1}));
    assertTrue(String.valueOf(refusal.getMessage()).contains("did you mean \"travel\"?"));
  }
}
