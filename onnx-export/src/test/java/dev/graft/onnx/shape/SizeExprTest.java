package dev.graft.onnx.shape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class SizeExprTest {
  private final SizeExpr b = SizeExpr.atom("b");
  private final SizeExpr t = SizeExpr.atom("t");

  @Test
  void writesEqualPolynomialsAlike() {
    SizeExpr one = b.plus(t).times(SizeExpr.of(2));
    SizeExpr other = t.times(SizeExpr.of(2)).plus(b).plus(b);
    assertEquals(one, other);
    assertEquals("2*b + 2*t", one.toString());
    assertEquals("2*b + 2*t", other.toString());
    assertEquals("b*t - 3", t.times(b).minus(SizeExpr.of(3)).toString());
    assertEquals("0", b.minus(b).toString());
  }

  @Test
  void dividesWhatComesOutEven() {
    SizeExpr tokens = b.times(t).times(SizeExpr.of(384));
    assertEquals(Optional.of(b), tokens.dividedExactly(t.times(SizeExpr.of(384))));
    assertEquals(Optional.empty(), tokens.dividedExactly(SizeExpr.of(5)));
    assertEquals(Optional.empty(), b.dividedExactly(SizeExpr.of(0)));
    SizeExpr sum = b.plus(t);
    assertEquals(Optional.of(sum), sum.times(sum).dividedExactly(sum));
    assertEquals("floor((b)/(2))", b.dividedDown(SizeExpr.of(2)).toString());
    assertTrue(SizeExpr.of(-7).dividedDown(SizeExpr.of(2)).is(-4));
  }

  @Test
  void knowsNothingOfTheUnknown() {
    assertFalse(SizeExpr.UNKNOWN.plus(b).isKnown());
    assertFalse(SizeExpr.of(Long.MAX_VALUE).plus(SizeExpr.of(1)).isKnown());
    assertFalse(SizeExpr.of(Long.MAX_VALUE).times(b.times(SizeExpr.of(2))).isKnown());
    assertTrue(SizeExpr.UNKNOWN.times(SizeExpr.of(0)).is(0));
    assertNotEquals(SizeExpr.UNKNOWN, SizeExpr.UNKNOWN.plus(b));
  }

  @Test
  void readsTheArithmeticOfExporters() {
    assertEquals(
        SizeParser.parse("past_sequence_length + 1"), SizeParser.parse("1+past_sequence_length"));
    assertEquals(b.times(SizeExpr.of(2)).minus(SizeExpr.of(1)), SizeParser.parse("2*b - 1"));
    assertEquals(SizeExpr.atom("batch-size"), SizeParser.parse("batch-size"));
    assertEquals(SizeExpr.atom("max(b, t)"), SizeParser.parse("max(b, t)"));
    assertEquals(SizeExpr.atom("b +"), SizeParser.parse("b +"));
  }
}
