package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.cli.screen.SideBySide;
import dev.graft.cli.screen.Style;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class SideBySideTest {
  private static List<String> lines(int columns, String left, String right) {
    return new SideBySide(Style.PLAIN, columns, "  ")
        .lines(left, UnaryOperator.identity(), right, UnaryOperator.identity());
  }

  @Test
  void wrapsBothTextsAtBlanks() {
    assertEquals(
        List.of(
            "  one two three   | left of it is", "  four five six   | more", "  seven           |"),
        lines(36, "one two three four five six seven", "left of it is\nmore"));
  }

  @Test
  void cutsAWordThatIsLongerThanTheColumn() {
    assertEquals(
        List.of("  abcdefghijkl | x", "  mnop         |"), lines(10, "abcdefghijklmnop", "x"));
  }

  @Test
  void staysWithinTheScreenAndReadable() {
    String text = "word ".repeat(100);

    for (int columns : new int[] {40, 80, 120, 300}) {
      for (String line : lines(columns, text, text)) {
        assertTrue(line.length() < columns && line.length() < 160, line);
      }
    }
  }

  @Test
  void showsNoControlCharacters() {
    assertEquals(List.of("  a [31mb      | c"), lines(10, "a\u001b[31mb", "\u0007c\r\n"));
  }
}
