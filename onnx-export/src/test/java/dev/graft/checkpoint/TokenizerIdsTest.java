package dev.graft.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerIdsTest {
  @TempDir Path folder;

  @Test
  void readsAnObjectOfIds() throws IOException {
    assertLargest(7, "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 7, \"b\": 2}}}");
  }

  @Test
  void readsAListWhosePlacesAreTheIds() throws IOException {
    assertLargest(2, "{\"model\": {\"vocab\": [[\"a\", -1.5], [\"b\", 0], [\"c\", -9]]}}");
  }

  @Test
  void countsAddedTokens() throws IOException {
    assertLargest(
        9,
        "{\"added_tokens\": [{\"id\": 9, \"content\": \"x\"}], \"model\": {\"vocab\": {\"a\":"
            + " 1}}}");
  }

  @Test
  void doesNotTakeOtherNumbersForIds() throws IOException {
    assertLargest(
        1,
        "{\"truncation\": {\"id\": 500}, \"model\": {\"id\": 900, \"vocab\": {\"id\": 1}},"
            + " \"vocab\": {\"a\": 4}}");
  }

  @Test
  void hasNoneWhereThereIsNoVocabulary() throws IOException {
    assertEquals(OptionalLong.empty(), TokenizerIds.largest(file("{}")));
  }

  @Test
  void refusesAnotherKindOfFile() throws IOException {
    Path list = file("[1, 2]");
    Path cut = file("{\"model\": {\"vocab\": [[\"a\", 1], ");

    assertThrows(CheckpointException.class, () -> TokenizerIds.largest(list));
    assertThrows(CheckpointException.class, () -> TokenizerIds.largest(cut));
  }

  private void assertLargest(long expected, String json) throws IOException {
    assertEquals(OptionalLong.of(expected), TokenizerIds.largest(file(json)));
  }

  private Path file(String json) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "tokenizer", ".json"), json);
  }
}
