package dev.graft.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.check.AdapterFacts;
import dev.graft.store.model.VersionFile;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {
  private static final VersionFile CONFIG =
      VersionFile.plain("adapter_config.json", "sha256:c0", 10);
  private static final VersionFile TENSORS =
      VersionFile.plain("adapter_model.safetensors", "sha256:7e", 20);
  private static final String TEXT =
      "{\"formatVersion\":1,\"digest\":\"sha256:ad\",\"type\":\"LORA\",\"baseDigest\":\"sha256:ba\","
          + "\"tokenizerDigest\":\"sha256:70\",\"files\":["
          + "{\"name\":\"adapter_config.json\",\"sizeBytes\":10,\"sha256\":\"sha256:c0\"},"
          + "{\"name\":\"adapter_model.safetensors\",\"sizeBytes\":20,\"sha256\":\"sha256:7e\"}]}";

  private static byte[] write(List<VersionFile> files) {
    AdapterFacts facts = new AdapterFacts("sha256:ba", "sha256:70", "LORA", 2);
    return Manifest.write("sha256:ad", facts, files);
  }

  private static boolean lists(String text, VersionFile... files) {
    return Manifest.lists(text.getBytes(StandardCharsets.UTF_8), List.of(files));
  }

  @Test
  void isTheSameBytesWhateverTheOrderOfTheFiles() {
    byte[] manifest = write(List.of(TENSORS, CONFIG));

    assertEquals(TEXT, new String(manifest, StandardCharsets.UTF_8));
    assertArrayEquals(manifest, write(List.of(CONFIG, TENSORS)));
  }

  @Test
  void listsExactlyItsFiles() {
    assertTrue(lists(TEXT, CONFIG, TENSORS));
    assertTrue(lists(TEXT, TENSORS, CONFIG));
    assertFalse(lists(TEXT, CONFIG));
    assertFalse(lists(TEXT, CONFIG, TENSORS, VersionFile.plain("graft.json", "sha256:9a", 5)));
    assertFalse(lists(TEXT, CONFIG, other("graft.json")));
  }

  private static VersionFile other(String name) {
    return VersionFile.plain(name, TENSORS.digest(), TENSORS.sizeBytes());
  }

  @Test
  void doesNotListAFileOfAnotherSizeOrContent() {
    assertFalse(lists(TEXT, CONFIG, VersionFile.plain(TENSORS.name(), "sha256:7e", 21)));
    assertFalse(lists(TEXT, CONFIG, VersionFile.plain(TENSORS.name(), "sha256:7f", 20)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{\"formatVersion\":1}",
        "{\"formatVersion\":1,\"files\":[]} x",
        "{\"formatVersion\":1,\"formatVersion\":1,\"files\":[]}",
        "{\"formatVersion\":2,\"files\":[]}"
      })
  void listsNothingWhereItIsNoManifest(String text) {
    assertFalse(lists(text, CONFIG));
    assertTrue(lists("{\"formatVersion\":1,\"files\":[]}"));
  }

  @Test
  void isNotReadInAnotherFormat() {
    assertFalse(lists(TEXT.replace("\"formatVersion\":1", "\"formatVersion\":2"), CONFIG, TENSORS));
    assertFalse(lists(TEXT.replace("}]}", "}]"), CONFIG, TENSORS));
  }
}
