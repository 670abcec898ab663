package dev.graft.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.StoreFormatException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoreFileTest {
  private static final StoreFile BESIDE = new StoreFile("one", Optional.empty());
  private static final StoreFile ELSEWHERE = new StoreFile("one", Optional.of("s3://bucket/a"));

  private static StoreFile parse(String text) throws StoreFormatException {
    return StoreFile.parse(text.getBytes(StandardCharsets.UTF_8), "store.json");
  }

  private static String text(StoreFile file) {
    return new String(file.json(), StandardCharsets.UTF_8);
  }

  @Test
  void readsWhatItWrites() throws StoreFormatException {
    assertEquals("{\"formatVersion\":1,\"storeId\":\"one\"}\n", text(BESIDE));
    assertEquals(
        "{\"formatVersion\":2,\"storeId\":\"one\",\"blobs\":\"s3://bucket/a\"}\n", text(ELSEWHERE));
    assertEquals(BESIDE, parse(text(BESIDE)));
    assertEquals(ELSEWHERE, parse(text(ELSEWHERE)));
  }

  @Test
  void saysThatItIsOfANewerFormat() {
    var problem =
        assertThrows(
            StoreFormatException.class, () -> parse("{\"formatVersion\":3,\"storeId\":\"one\"}"));

    assertEquals(
        "store.json has format 3, this Graft reads formats up to 2; use a newer Graft",
        problem.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{ | it is not JSON",
        "{\"storeId\":\"one\",\"storeId\":\"two\",\"formatVersion\":1} | it is not JSON",
        "`` | is missing",
        "[] | is missing",
        "{\"storeId\":\"one\"} | is missing",
        "{\"formatVersion\":0,\"storeId\":\"one\"} | is missing",
        "{\"formatVersion\":1} | is missing",
        "{\"formatVersion\":1,\"storeId\":\"\"} | is missing",
        "{\"formatVersion\":2,\"storeId\":\"one\"} | is missing",
        "{\"formatVersion\":2,\"storeId\":\"one\",\"blobs\":\"\"} | is missing"
      })
  void refusesWhatDescribesNoRegistry(String text, String part) {
    var problem = assertThrows(StoreFormatException.class, () -> parse(text));

    String message = String.valueOf(problem.getMessage());
    assertTrue(message.startsWith("store.json does not describe a registry: "), message);
    assertTrue(message.contains(part), message);
  }
}
