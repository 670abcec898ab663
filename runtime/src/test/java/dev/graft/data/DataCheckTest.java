package dev.graft.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.data.DataReport.Conflict;
import dev.graft.data.DataReport.FileReport;
import dev.graft.data.DataReport.LabelCount;
import dev.graft.data.DataReport.Leakage;
import dev.graft.data.DataReport.Lengths;
import dev.graft.data.DataReport.Repeated;
import dev.graft.data.DataReport.Shared;
import dev.graft.data.DataReport.TokenLengths;
import dev.graft.text.TextTokenizer;
import dev.graft.text.TinyTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCheckTest {
  @TempDir Path folder;

  @Test
  void findsEverythingThatIsWrongInAFile() throws IOException {
    Path file =
        write(
            "train.csv",
            "text,label\none two,a\nOne  two ,b\none two,a\nthree,b\n\" \",a\nfour,\nfive four three two,a\n");
    FileReport report;
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyTokenizer.in(folder))) {
      report = new DataCheck(Columns.defaults(), tokenizer, 5).of(file).first();
    }
    assertEquals(7, report.rows());
    assertEquals(List.of(6L), report.emptyRows());
    assertEquals(1, report.unlabelledRows());
    assertEquals(List.of(new LabelCount("a", 4), new LabelCount("b", 2)), report.labels());
    assertEquals(2.0, report.imbalance());
    assertEquals(1, report.duplicates().exactRows());
    assertEquals(2, report.duplicates().normalizedRows());
    assertEquals(
        List.of(new Repeated("one two", List.of(2L, 3L, 4L))), report.duplicates().repeated());
    assertEquals(
        List.of(new Conflict("one two", List.of("a", "b"), List.of(2L, 3L, 4L))),
        report.duplicates().conflicts());
    TokenLengths tokens = report.tokens().orElseThrow();
    assertEquals(new Lengths(2, 26 / 7.0, 4, 6, 6, 6, 6), tokens.lengths());
    assertEquals(List.of(8L), tokens.tooLong());
    assertEquals(19, report.characters().max());
    assertFalse(report.clean());
  }

  @Test
  void findsTextsAndLabelsThatTwoFilesDoNotShareRightly() throws IOException {
    Path train = write("train.csv", "text,label\nhello,a\nbye,b\n");
    Path eval =
        write(
            "eval.jsonl",
            "{\"text\": \"HELLO\", \"label\": \"a\"}\n{\"text\": \"bye\", \"label\": \"c\"}\n{\"text\": \"new\", \"label\": \"b\"}\n");
    DataReport report = new DataCheck(Columns.defaults()).of(train, eval);
    Leakage leakage = report.leakage().orElseThrow();
    assertEquals(1, leakage.exactRows());
    assertEquals(2, leakage.normalizedRows());
    assertEquals(List.of(new Shared("HELLO", 2, 1), new Shared("bye", 3, 2)), leakage.shared());
    assertEquals(List.of("c"), leakage.unknownLabels());
    assertTrue(report.first().clean());
    assertFalse(report.clean());
  }

  @Test
  void aCleanFileIsClean() throws IOException {
    DataReport report =
        new DataCheck(Columns.defaults()).of(write("a.csv", "text,label\nhello,a\nbye,b\n"));
    assertTrue(report.clean());
    assertTrue(report.first().tokens().isEmpty());
  }

  @Test
  void anEmptyFileIsReportedNotRefused() throws IOException {
    DataReport report = new DataCheck(Columns.defaults()).of(write("a.jsonl", ""));
    assertEquals(0, report.first().rows());
    assertFalse(report.clean());
  }

  @Test
  void longListsAreCutAndStillCounted() throws IOException {
    FileReport report =
        new DataCheck(Columns.defaults())
            .of(write("a.csv", "text,label\n" + ",a\n".repeat(30)))
            .first();
    assertEquals(30, report.emptyRowCount());
    assertEquals(DataReport.CASES, report.emptyRows().size());
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }
}
