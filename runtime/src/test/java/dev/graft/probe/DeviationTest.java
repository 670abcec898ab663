package dev.graft.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What is near enough to what a probe expects. */
class DeviationTest {
  @Property
  void findsTheOneValueThatIsOff(
      @ForAll @Size(min = 1, max = 20) List<@FloatRange(min = -50, max = 50) Float> expected,
      @ForAll @IntRange(max = 19) int place,
      @ForAll @FloatRange(min = 1.5f, max = 100f) float times) {
    int index = place % expected.size();
    List<Float> found = new ArrayList<>(expected);
    float step = (float) (Deviation.TOLERANCE * Math.max(1, Deviation.size(expected)) * times);
    found.set(index, expected.get(index) + step);

    assertEquals(Optional.of(index), Deviation.worst(expected, found).map(Deviation::index));
  }

  @Property
  void letsRoundingPass(
      @ForAll @Size(min = 1, max = 20) List<@FloatRange(min = -50, max = 50) Float> expected,
      @ForAll @FloatRange(min = -0.9f, max = 0.9f) float times) {
    float step = (float) (Deviation.TOLERANCE * Math.max(1, Deviation.size(expected)) * times);

    List<Float> found = expected.stream().map(value -> value + step).toList();

    assertEquals(Optional.empty(), Deviation.worst(expected, found));
  }

  @Test
  void takesWhatIsNoNumberForInfinitelyFar() {
    Deviation found = Deviation.worst(List.of(1f, 2f), List.of(1f, Float.NaN)).orElseThrow();

    assertEquals(1, found.index());
    assertTrue(found.toString().startsWith("is NaN, recorded as 2.00000"), found.toString());
    assertEquals(Double.POSITIVE_INFINITY, Deviation.largest(List.of(0f), List.of(Float.NaN)), 0.0);
  }
}
