package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Derivation;
import dev.graft.adapter.GraftRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GraftJsonTest {
  private static final String DIGEST = "sha256:" + "ab".repeat(32);

  @TempDir Path folder;

  private GraftRecord read(String json) throws IOException {
    return GraftJson.read(Files.writeString(folder.resolve(GraftJson.FILE), json));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | /formatVersion | missing; every graft.json states its version",
        "{\"formatVersion\":0} | /formatVersion | version 0 is not supported",
        "{\"formatVersion\":2} | /formatVersion | version 2 is not supported",
        "{\"formatVersion\":1,\"probes\":[1]} | /probes | expected objects, found 1",
        "{\"formatVersion\":1,\"probes\":[{}]} | /probes/0/text | missing",
        "{\"formatVersion\":1,\"derivation\":{\"parents\":[1]}} | /derivation/parents | expected objects, found 1",
        "{\"formatVersion\":1,\"derivation\":{\"parents\":[]}} | /derivation/method | missing",
        "{\"formatVersion\":1,\"derivation\":{\"method\":\"cat\",\"parents\":[{\"digest\":\"x\"}]}} | /derivation/parents/0/weight | missing",
        "{\"formatVersion\":1,\"maxLength\":\"x\"} | /maxLength | expected a whole number"
      })
  void saysWhichFieldIsWrong(String json, String where, String problem) {
    var refused = assertThrows(AdapterFormatException.class, () -> read(json));

    assertEquals(where, refused.where());
    assertTrue(refused.getMessage().contains(problem), refused.getMessage());
  }

  @Test
  void countsProbesAndParentsWhereItSaysWhichIsWrong() {
    var probe =
        assertThrows(
            AdapterFormatException.class,
            () ->
                read(
                    "{\"formatVersion\":1,\"probes\":[{\"text\":\"a\",\"base\":[1],\"adapter\":[1]},{}]}"));
    var parent =
        assertThrows(
            AdapterFormatException.class,
            () ->
                read(
                    "{\"formatVersion\":1,\"derivation\":{\"method\":\"cat\",\"parents\":[{\"digest\":\"%s\",\"weight\":1},{}]}}"
                        .formatted(DIGEST)));

    assertEquals("/probes/1/text", probe.where());
    assertEquals("/derivation/parents/1/digest", parent.where());
  }

  @Test
  void writesNothingThatARecordDoesNotSay() throws IOException {
    Path file = folder.resolve(GraftJson.FILE);
    Derivation plain =
        new Derivation("cat", List.of(new Derivation.Parent(DIGEST, 0.5)), Json.newObject());

    assertEquals("{\"formatVersion\":1}", GraftJson.toJson(GraftRecord.empty()).toString());
    GraftRecord record = GraftRecord.builder().derivation(plain).build();
    assertEquals(
        "{\"formatVersion\":1,\"derivation\":{\"method\":\"cat\",\"parents\":[{\"digest\":\"%s\",\"weight\":0.5}]}}"
            .formatted(DIGEST),
        GraftJson.toJson(record).toString());
    GraftJson.write(record, file);
    assertEquals(record, GraftJson.read(file));
  }
}
