package dev.graft.data;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelMapTest {
  @TempDir Path folder;

  @Test
  void sortsTheDatasLabels() throws IOException {
    Path file = Files.writeString(folder.resolve("a.csv"), "text,label\n1,b\n2,a\n3,B\n4,b\n");
    LabelMap labels = LabelMap.of(Dataset.read(file, Columns.defaults(), true));
    assertEquals(List.of("B", "a", "b"), labels.names());
    assertEquals(OptionalInt.of(2), labels.index("b"));
    assertEquals("a", labels.name(1));
    assertEquals(OptionalInt.empty(), labels.index("c"));
  }

  @Test
  void readsAFilesOrder() throws IOException {
    Path file = Files.writeString(folder.resolve("labels.txt"), "\ufeffzeta\r\nalpha\r\n\r\n");
    assertEquals(LabelMap.of(List.of("zeta", "alpha")), LabelMap.read(file));
  }

  @Test
  void refusesFilesWithGapsDoublesOrNothing() throws IOException {
    assertRefused("a\n\nb\n", ":2: line is blank");
    assertRefused("a\nb\na\n", ":3: label \"a\" is listed twice");
    assertRefused("\n", ": file has no labels");
    assertThrows(IllegalArgumentException.class, () -> LabelMap.of(List.of("a", "a")));
  }

  @Test
  void anUnknownLabelIsAnsweredWithFileLineAndNearest() {
    LabelMap labels = LabelMap.of(List.of("transfer", "balance"));
    Example example = new Example("x", Optional.of("trasnfer"), 7, Optional.empty());
    String message =
        refusal(DataException.class, () -> labels.require(example, Path.of("eval.csv")));
    assertEquals(
        "eval.csv:7: label \"trasnfer\" is not known, expected \"transfer\", \"balance\"; did you mean \"transfer\"?",
        message);
  }

  private void assertRefused(String content, String expected) throws IOException {
    Path file = Files.writeString(folder.resolve("labels.txt"), content);
    String message = refusal(DataException.class, () -> LabelMap.read(file));
    assertTrue(message.startsWith(file.toString()) && message.contains(expected), message);
  }
}
