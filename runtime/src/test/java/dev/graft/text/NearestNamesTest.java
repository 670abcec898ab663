package dev.graft.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NearestNamesTest {
  private static final List<String> KNOWN = List.of("text", "label", "adapter", "input_ids");

  @Test
  void findsAMisspeltNameWithSwappedLostAddedAndWrongLetters() {
    for (String wrong : List.of("lable", "labl", "labell", "lavel", "LABEL")) {
      assertEquals("; did you mean \"label\"?", NearestNames.hint(wrong, KNOWN));
    }
  }

  @Test
  void findsANameThatContainsTheOther() {
    assertEquals("; did you mean \"input_ids\"?", NearestNames.hint("ids", KNOWN));
  }

  @Test
  void saysNothingWhenNothingIsNear() {
    assertEquals("", NearestNames.hint("zzzzzz", KNOWN));
    assertEquals("", NearestNames.hint("", KNOWN));
  }

  @Test
  void longListsAreCut() {
    List<String> many = IntStream.range(0, 23).mapToObj(i -> "n" + i).toList();
    assertTrue(NearestNames.list(many).endsWith("\"n19\" and 3 more"));
    assertEquals("none", NearestNames.list(List.of()));
  }
}
