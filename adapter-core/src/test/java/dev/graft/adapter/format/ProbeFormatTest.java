package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Probes in {@code graft.json}. */
class ProbeFormatTest {
  @TempDir Path folder;

  @Test
  void writesTokensOfADecoderAndNoneOfAnEncoder() throws IOException {
    GraftRecord record =
        GraftRecord.builder()
            .probes(
                List.of(
                    new Probe("a", List.of(7, 0), List.of(0.5f, -1f), List.of(2.25f, 1e-7f)),
                    new Probe("b", List.of(0.5f), List.of(1f, 2f))))
            .build();
    Path file = folder.resolve(GraftJson.FILE);

    GraftJson.write(record, file);

    JsonNode probes = JsonMapper.builder().build().readTree(Files.readString(file)).path("probes");
    assertEquals("[7,0]", probes.get(0).path("tokens").toString());
    assertTrue(probes.get(1).path("tokens").isMissingNode());
    assertEquals(record, GraftJson.read(file));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1,1] | [1,2] | [1,2] | found 1 twice",
        "[-1,1] | [1,2] | [1,2] | found -1",
        "[1,2] | [1] | [1,2] | values of the base, found 1",
        "[1,2] | [1,2] | [] | values of the adapter, found 0",
        "[1.5,2] | [1,2] | [1,2] | whole number",
      })
  void refusesTokensWithoutTheirValues(String tokens, String base, String adapter, String problem)
      throws IOException {
    Path file =
        Files.writeString(
            folder.resolve(GraftJson.FILE),
            "{\"formatVersion\":1,\"probes\":[{\"text\":\"a\",\"tokens\":%s,\"base\":%s,\"adapter\":%s}]}"
                .formatted(tokens, base, adapter));

    var refused = assertThrows(AdapterFormatException.class, () -> GraftJson.read(file));

    assertTrue(String.valueOf(refused.getMessage()).contains(problem), refused.getMessage());
  }
}
