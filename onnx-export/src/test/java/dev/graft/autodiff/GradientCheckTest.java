package dev.graft.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.onnx.OpId;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GradientCheckTest {
  private static final long SEED = 20260101;

  static List<GradientCase> cases() {
    return GradientCases.all();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesWithFiniteDifferences(GradientCase c) {
    new GradientCheck(GradientRules.standard(), SEED).check(c);
  }

  @Test
  void everyRuleHasACase() {
    Set<String> tested =
        GradientCases.all().stream().map(c -> c.op.toString()).collect(Collectors.toSet());
    GradientRules rules = GradientRules.standard();

    Set<String> untested = new TreeSet<>();
    for (OpId op : rules.operators()) {
      if (rules.find(op) instanceof GradientRules.Rule && !tested.contains(op.toString())) {
        untested.add(op.toString());
      }
    }

    assertEquals(Set.of(), untested, "operators with a rule and without a case in GradientCases");
  }

  @Test
  void aWrongRuleIsCaught() {
    GradientRule wrong =
        GradientRules.perInput(s -> s.op("Sub", s.dy(), s.op("Mul", s.dy(), s.y(0))));
    GradientRules broken =
        GradientRules.standard().with(OpId.onnx("Tanh"), new GradientRules.Rule(wrong));
    GradientCase c = GradientCase.of("Tanh").x(3, 4);

    AssertionError error =
        assertThrows(AssertionError.class, () -> new GradientCheck(broken, SEED).check(c));

    assertTrue(error.toString().contains("seed " + SEED), error.toString());
  }
}
