package dev.graft.store.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NotWorseThanTest {
  private static final NotWorseThan PROD = NotWorseThan.parse("prod");

  @Test
  void readsAnAliasWithAndWithoutAMetric() {
    assertEquals(new NotWorseThan("prod", Optional.empty()), PROD);
    assertEquals(new NotWorseThan("prod", Optional.of("f1")), NotWorseThan.parse("prod:f1"));
    for (String text : new String[] {"", ":f1", "PROD", "prod:", "prod: "}) {
      assertThrows(IllegalArgumentException.class, () -> NotWorseThan.parse(text), text);
    }
    var problem = assertThrows(IllegalArgumentException.class, () -> NotWorseThan.parse("prod:"));
    assertEquals(
        "\"prod:\" names no metric after the colon; expected ALIAS or ALIAS:METRIC",
        problem.getMessage());
    problem = assertThrows(IllegalArgumentException.class, () -> NotWorseThan.parse(":f1"));
    assertTrue(problem.toString().contains("alias \"\" is not a name"), problem.getMessage());
  }

  @Test
  void passesWhatIsAsGoodOrBetter() {
    assertEquals(Optional.empty(), accuracy(0.9, 0.9));
    assertEquals(Optional.empty(), accuracy(0.91, 0.9));
    assertEquals(
        Optional.of("evalAccuracy is 0.89, worse than 0.9 of \"prod\""), accuracy(0.89, 0.9));
  }

  private static Optional<String> accuracy(double value, double live) {
    return PROD.failure(
        Map.of("evalAccuracy", value, "evalLoss", 9.0), Map.of("evalAccuracy", live));
  }

  @Test
  void takesLessForBetterWhereItIs() {
    NotWorseThan byLoss = NotWorseThan.parse("prod:evalLoss");

    assertEquals(
        Optional.empty(), byLoss.failure(Map.of("evalLoss", 1.0), Map.of("evalLoss", 1.0)));
    assertEquals(
        Optional.empty(), byLoss.failure(Map.of("evalLoss", 0.9), Map.of("evalLoss", 1.0)));
    assertEquals(
        Optional.of("evalLoss is 1.1, worse than 1.0 of \"prod\""),
        byLoss.failure(Map.of("evalLoss", 1.1), Map.of("evalLoss", 1.0)));
  }

  @Test
  void comparesTheLossWhereAnAccuracyIsMissing() {
    assertEquals(
        Optional.of("evalLoss is 2.0, worse than 1.0 of \"prod\""),
        PROD.failure(Map.of("evalLoss", 2.0, "evalAccuracy", 0.9), Map.of("evalLoss", 1.0)));
  }

  @Test
  void saysWhyItCannotCompare() {
    assertEquals(
        Optional.of(
            "it cannot be compared with \"prod\": they have neither of [evalAccuracy, evalLoss] in common; the version has [evalLoss], the other [evalAccuracy]. Name the metric to compare"),
        PROD.failure(Map.of("evalLoss", 2.0), Map.of("evalAccuracy", 1.0)));
    NotWorseThan byF1 = NotWorseThan.parse("prod:f1");
    assertEquals(
        Optional.of(
            "it cannot be compared with \"prod\" by f1: the version has [f1], the other []"),
        byF1.failure(Map.of("f1", 2.0), Map.of()));
    assertEquals(
        Optional.of(
            "it cannot be compared with \"prod\" by f1: the version has [], the other [f1]"),
        byF1.failure(Map.of(), Map.of("f1", 2.0)));
  }
}
