package dev.graft.store.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GateTest {
  @ParameterizedTest
  @CsvSource({
    "a>=0.5, 0.5, true",
    "a>=0.5, 0.4999, false",
    "a<=0.5, 0.5, true",
    "a<=0.5, 0.5001, false",
    "a>0.5, 0.5, false",
    "a>0.5, 0.5001, true",
    "a<0.5, 0.5, false",
    "a<0.5, 0.4999, true",
    "a>=-1e-3, -0.001, true"
  })
  void passesWhatIsOnTheRightSideOfItsBound(String gate, double value, boolean passes) {
    assertEquals(passes, Gate.parse(gate).failure(Map.of("a", value)).isEmpty());
  }

  @Test
  void readsWhatItWrites() {
    Gate gate = Gate.parse("  eval.accuracy >= 0.9 ");

    assertEquals(new Gate("eval.accuracy", Gate.Operator.AT_LEAST, 0.9), gate);
    assertEquals("eval.accuracy>=0.9", gate.toString());
    assertEquals(gate, Gate.parse(gate.toString()));
  }

  @Test
  void saysWhatIsRequiredAndFound() {
    Map<String, Double> metrics = new TreeMap<>(Map.of("evalAccuracy", 0.85, "evalLoss", 0.4));

    assertEquals(
        Optional.of("evalAccuracy>=0.9 is required, found 0.85"),
        Gate.parse("evalAccuracy>=0.9").failure(metrics));
    assertEquals(
        Optional.of(
            "evalAcuracy>=0.9 is required, but the version has no metric \"evalAcuracy\"; it has [evalAccuracy, evalLoss], did you mean \"evalAccuracy\"?"),
        Gate.parse("evalAcuracy>=0.9").failure(metrics));
    assertEquals(
        Optional.of("f1>0.5 is required, but the version has no metric \"f1\"; it has []"),
        Gate.parse("f1>0.5").failure(Map.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "a>=",
        ">=1",
        "a=1",
        "a==1",
        "1a>=1",
        "a>=x",
        "a>=1 b",
        "a>=1.2.3",
        "a b>1"
      })
  void refusesWhatIsNoGate(String text) {
    var problem = assertThrows(IllegalArgumentException.class, () -> Gate.parse(text));

    assertEquals(
        "gate \"%s\" is not METRIC>=NUMBER; the operators are >=, <=, > and <".formatted(text),
        problem.getMessage());
  }

  @Test
  void refusesBoundsThatNothingReachesAndTextsThatAreTooLong() {
    assertThrows(IllegalArgumentException.class, () -> Gate.parse("a>=1e999"));
    assertEquals(1, Gate.parse("a>=1" + " ".repeat(196)).bound());
    var problem =
        assertThrows(IllegalArgumentException.class, () -> Gate.parse("a>=1" + " ".repeat(197)));
    assertTrue(String.valueOf(problem.getMessage()).length() < 200, problem.getMessage());
  }
}
