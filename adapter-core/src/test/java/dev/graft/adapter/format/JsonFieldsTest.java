package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class JsonFieldsTest {
  @TempDir Path folder;

  private JsonFields fields(String json) throws IOException {
    return JsonFields.of(Files.writeString(folder.resolve("file.json"), json));
  }

  private static void assertProblem(String where, String found, Executable reading) {
    var problem = assertThrows(AdapterFormatException.class, reading);
    assertEquals(where, problem.where());
    assertTrue(problem.getMessage().endsWith(": " + found), problem.getMessage());
  }

  @Test
  void readsEveryKindOfField() throws IOException {
    JsonFields fields =
        fields(
            """
            {"text": "a", "flag": true, "count": 3, "number": 2.5, "texts": ["a", "b"],
             "integers": [1, 2], "floats": [0.5, -1], "ranks": {"q": 4}, "alphas": {"q": 1.5},
             "object": {"x": 1}, "null": null}
            """);

    assertEquals(Optional.of("a"), fields.text("text"));
    assertTrue(fields.flag("flag", false));
    assertEquals(Optional.of(3), fields.integer("count"));
    assertEquals(Optional.of(2.5), fields.number("number"));
    assertEquals(List.of("a", "b"), fields.texts("texts"));
    assertEquals(List.of("a"), fields.texts("text"));
    assertEquals(List.of(1, 2), fields.integers("integers"));
    assertEquals(List.of(3), fields.integers("count"));
    assertEquals(List.of(0.5f, -1f), fields.floats("floats"));
    assertEquals(Map.of("q", 4), fields.integerMap("ranks"));
    assertEquals(Map.of("q", 1.5), fields.numberMap("alphas"));
    assertEquals("{\"x\":1}", fields.object("object").toString());
    assertTrue(fields.has("null"));
    assertEquals(Optional.empty(), fields.value("null"));
    assertEquals("{}", fields.unread().toString());
    assertEquals(folder.resolve("file.json"), fields.path());
  }

  @Test
  void takesDefaultsForWhatIsMissing() throws IOException {
    JsonFields fields = fields("{}");

    assertFalse(fields.has("a"));
    assertEquals(Optional.empty(), fields.text("a"));
    assertTrue(fields.flag("a", true));
    assertFalse(fields.flag("a", false));
    assertEquals(Optional.empty(), fields.integer("a"));
    assertEquals(Optional.empty(), fields.number("a"));
    assertEquals(List.of(), fields.texts("a"));
    assertEquals(Map.of(), fields.integerMap("a"));
    assertEquals("{}", fields.object("a").toString());
  }

  @Test
  void saysWhichFieldHasAWrongValue() throws IOException {
    JsonFields fields =
        fields(
            """
            {"n": 1, "s": "x", "half": 1.5, "large": 2147483648, "huge": 1e39, "mixed": ["a", 1],
             "map": {"q": "x"}, "list": [1]}
            """);

    assertProblem("/n", "expected a string, found 1", () -> fields.text("n"));
    assertProblem("/s", "expected true or false, found \"x\"", () -> fields.flag("s", true));
    assertProblem("/half", "expected a whole number, found 1.5", () -> fields.integer("half"));
    assertProblem(
        "/large", "expected a whole number, found 2147483648", () -> fields.integer("large"));
    assertProblem("/s", "expected a number, found \"x\"", () -> fields.number("s"));
    assertProblem("/mixed", "expected strings, found 1", () -> fields.texts("mixed"));
    assertProblem("/mixed", "expected a whole number, found \"a\"", () -> fields.integers("mixed"));
    assertProblem("/huge", "1.0E39 is beyond the range of a float", () -> fields.floats("huge"));
    assertProblem("/map/q", "expected a whole number, found \"x\"", () -> fields.integerMap("map"));
    assertProblem("/map/q", "expected a number, found \"x\"", () -> fields.numberMap("map"));
    assertProblem("/list", "expected an object, found [1]", () -> fields.object("list"));
  }

  @Test
  void namesTheParentOfAFieldToo() throws IOException {
    ObjectNode object = fields("{\"a\": 1}").object("none").put("a", 1);
    JsonFields inner = new JsonFields(Path.of("file"), "/probes/2", object);

    assertProblem("/probes/2/a", "expected a string, found 1", () -> inner.text("a"));
  }

  @Test
  void warnsOfUnknownFieldsThatAreSwitchedOn() throws IOException {
    JsonFields fields =
        fields(
            """
            {"known": true, "a": null, "b": false, "c": [], "d": {}, "e": "", "f": true, "g": 0,
             "h": "x", "i": [0]}
            """);
    List<String> warnings = new ArrayList<>();

    assertTrue(fields.flag("known", false));
    fields.warnOfUnread(warnings);

    assertEquals(
        List.of(
            "ignored the unknown field \"f\" with value true, as PEFT does",
            "ignored the unknown field \"g\" with value 0, as PEFT does",
            "ignored the unknown field \"h\" with value \"x\", as PEFT does",
            "ignored the unknown field \"i\" with value [0], as PEFT does"),
        warnings);
  }

  @Test
  void refusesWhatIsNotOneObject() throws IOException {
    assertProblem("", "expected a JSON object", () -> fields("[]"));
    assertProblem("", "expected a JSON object", () -> fields(""));
    Path folders = Files.createDirectory(folder.resolve("folder"));
    for (Path path : List.of(folders, folder.resolve("absent"))) {
      var missing = assertThrows(AdapterFormatException.class, () -> JsonFields.of(path));
      assertTrue(missing.getMessage().endsWith("missing, or not a regular file"));
    }
    var twice = assertThrows(AdapterFormatException.class, () -> fields("{}\n{}"));
    assertTrue(twice.where().startsWith("line 2"), twice.getMessage());
  }

  @Test
  void readsNoFileThatIsFarTooLarge() throws IOException {
    Path file = folder.resolve("large.json");
    try (var large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength((64L << 20) + 1);
    }

    var problem = assertThrows(AdapterFormatException.class, () -> JsonFields.of(file));

    assertTrue(
        problem.getMessage().endsWith("67108865 bytes are more than the 67108864 that are read"),
        problem.getMessage());
  }
}
