package dev.graft.data;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleReaderTest {
  private static final Columns COLUMNS = Columns.defaults();

  @TempDir Path folder;

  @Test
  void readsJsonLinesWithStringsNumbersAndBooleansAsLabels() throws IOException {
    List<Example> examples =
        read(
            "a.jsonl",
            """
            {"text": "one", "label": "x"}

            {"text": "two", "label": 3, "adapter": "bank"}
            {"text": "three", "label": true, "other": [1]}
            {"text": "four", "label": 0.10}
            {"text": null, "label": null}
            """);
    assertEquals(
        List.of("one", "two", "three", "four", ""), examples.stream().map(Example::text).toList());
    assertEquals(
        List.of(
            Optional.of("x"),
            Optional.of("3"),
            Optional.of("true"),
            Optional.of("0.10"),
            Optional.empty()),
        examples.stream().map(Example::label).toList());
    assertEquals(List.of(1L, 3L, 4L, 5L, 6L), examples.stream().map(Example::line).toList());
    assertEquals(Optional.of("bank"), examples.get(1).adapter());
  }

  @Test
  void readsCsvWithQuotesAndTextOverSeveralLines() throws IOException {
    List<Example> examples =
        read(
            "a.csv",
            "label,text\r\nx,\"one, \"\"two\"\"\"\r\ny,\"first\nsecond\"\r\n\r\n,last\r\n");
    assertEquals(
        List.of("one, \"two\"", "first\nsecond", "last"),
        examples.stream().map(Example::text).toList());
    assertEquals(List.of(2L, 3L, 6L), examples.stream().map(Example::line).toList());
    assertEquals(Optional.empty(), examples.get(2).label());
  }

  @Test
  void readsTabsAndRenamedColumns() throws IOException {
    Path file =
        Files.writeString(folder.resolve("a.tsv"), "\ufeffutterance\tintent\nhello, you\tgreet");
    Dataset data = Dataset.read(file, new Columns("utterance", "intent", "who"), true);
    assertEquals(
        List.of(new Example("hello, you", Optional.of("greet"), 2, Optional.empty())),
        data.examples());
    assertEquals(64, data.digest().length());
  }

  @Test
  void aByteOrderMarkIsDropped() throws IOException {
    assertEquals("one", read("a.jsonl", "\ufeff{\"text\": \"one\"}").get(0).text());
  }

  @Test
  void wrongBytesAreFoundAtTheirLine() throws IOException {
    byte[] latin =
        "{\"text\": \"ok\"}\n{\"text\": \"caf\u00e9\"}\n".getBytes(StandardCharsets.ISO_8859_1);
    Path json = Files.write(folder.resolve("latin.jsonl"), latin);
    String message = refusal(DataException.class, () -> Dataset.read(json, COLUMNS, false));
    assertTrue(message.startsWith(json + ":2: bytes are not UTF-8"), message);
    Path csv =
        Files.write(
            folder.resolve("latin.csv"),
            "text\nok\ncaf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
    String inCsv = refusal(DataException.class, () -> Dataset.read(csv, COLUMNS, false));
    assertTrue(inCsv.startsWith(csv + ":3: bytes are not UTF-8"), inCsv);
    Path wide =
        Files.write(folder.resolve("wide.csv"), "\ufefftext\n".getBytes(StandardCharsets.UTF_16LE));
    String inWide = refusal(DataException.class, () -> Dataset.read(wide, COLUMNS, false));
    assertTrue(inWide.startsWith(wide + ":1: file is UTF-16"), inWide);
  }

  @Test
  void brokenJsonIsFoundAtItsLine() {
    refused("a.jsonl", "{\"text\": \"a\"}\n{\"text\": \"b\"", ":2: broken JSON at column ");
    refused("a.jsonl", "{\"text\": \"a\", \"text\": \"b\"}", ":1: broken JSON at column ");
    refused("a.jsonl", "{\"text\": \"a\"} {}", ":1: broken JSON at column ");
    refused("a.jsonl", "[{\"text\": \"a\"}]", ":1: row is a JSON array, expected an object; write");
    refused("a.jsonl", "[\n{\"text\": \"a\"}]", "a JSON array must be written one element a line");
    refused("a.jsonl", "{\"text\": 5}", ":1: \"text\" is a JSON number, expected a string");
    refused(
        "a.jsonl",
        "{\"text\": \"a\", \"label\": [1]}",
        ":1: \"label\" is a JSON array, expected a string, number");
  }

  @Test
  void aMissingColumnListsWhatThereIsAndTheNearest() {
    refused(
        "a.jsonl",
        "{\"txet\": \"a\", \"label\": \"x\"}",
        ":1: row has no \"text\", it has \"txet\", \"label\"; did you mean \"txet\"?");
    refused(
        "a.csv", "Text;label\na;x\n", ":1: header has no column \"text\", it has \"Text;label\"");
    refused("a.csv", "texts,label\na,x\n", "did you mean \"texts\"?");
  }

  @Test
  void brokenCsvIsFoundAtItsLine() {
    refused(
        "a.csv",
        "text,label\none,x\ntwo, and more,x\n",
        ":3: row has 3 values, expected the header's 2");
    refused("a.csv", "text,label\none,x\n\"two,x\nthree,x\n", ":3: broken quoting");
    refused("a.csv", "text,label\none,x\n\"two\"2,x\n", ":3: broken quoting");
    refused("a.csv", "text,text\na,b\n", ":1: header names column \"text\" twice");
    refused("a.csv", "", ": file is empty, expected a header");
  }

  @Test
  void trainingRefusesEmptyDataAndRowsWithoutTextOrLabel() {
    refused("a.jsonl", "\n\n", ": file has no examples");
    refused("a.csv", "text,label\n", ": file has no examples");
    refused("a.csv", "text,label\n,x\n", ":2: row has an empty \"text\"");
    refused("a.csv", "text,label\nhello,\n", ":2: row has no \"label\"");
  }

  @Test
  void theFormatIsToldFromTheNameOrSaid() throws IOException {
    refused("a.json", "{}", ": cannot tell the format from the name, expected .jsonl");
    Path file = Files.writeString(folder.resolve("data"), "{\"text\": \"a\"}");
    assertEquals(1, Dataset.read(file, DataFormat.JSONL, COLUMNS, false).size());
    assertEquals(DataFormat.JSONL, DataFormat.of(Path.of("A.NDJSON")));
  }

  @Test
  void refusesColumnsThatAreNotDifferent() {
    String message = refusal(IllegalArgumentException.class, () -> new Columns("a", "a", "b"));
    assertTrue(message.contains("not all different"), message);
  }

  private void refused(String name, String content, String expected) {
    Path file = folder.resolve(name);
    String message =
        refusal(
            DataException.class,
            () -> {
              Files.writeString(file, content);
              Dataset.read(file, COLUMNS, true);
            });
    assertTrue(message.startsWith(file.toString()) && message.contains(expected), message);
  }

  private List<Example> read(String name, String content) throws IOException {
    Path file = Files.writeString(folder.resolve(name), content);
    return Dataset.readAny(file, DataFormat.of(file), COLUMNS).examples();
  }
}
