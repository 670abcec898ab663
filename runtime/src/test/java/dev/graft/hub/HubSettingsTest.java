package dev.graft.hub;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubSettingsTest {
  @TempDir Path folder;

  private HubSettings of(String... env) throws IOException {
    Map<String, String> map = new HashMap<>(Map.of("HOME", folder.toString()));
    for (int i = 0; i < env.length; i += 2) {
      map.put(env[i], env[i + 1]);
    }
    return HubSettings.of(map, Optional.empty());
  }

  @Test
  void asksTheHubWithoutATokenByDefault() throws Exception {
    HubSettings settings = of();

    assertEquals(URI.create("https://huggingface.co"), settings.endpoint());
    assertEquals(Optional.empty(), settings.token());
    assertFalse(settings.offline());
  }

  @Test
  void takesEndpointAndOfflineFromTheEnvironment() throws Exception {
    HubSettings settings = of("HF_ENDPOINT", "HTTPS://mirror.test/hub//", "HF_HUB_OFFLINE", "Yes");

    assertEquals("https://mirror.test/hub", settings.endpoint().toString());
    assertTrue(settings.offline());
  }

  @Test
  void prefersTheVariableToTheFiles() throws Exception {
    Path named = Files.writeString(folder.resolve("named"), "hf_named\n");
    Files.createDirectories(folder.resolve(".cache/huggingface"));
    Files.writeString(folder.resolve(".cache/huggingface/token"), "hf_default\n");
    Files.createDirectories(folder.resolve("home"));
    Files.writeString(folder.resolve("home/token"), "hf_home\r\n");

    assertEquals("Bearer hf_default", header(of()));
    assertEquals("Bearer hf_home", header(of("HF_HOME", "~/home")));
    assertEquals("Bearer hf_named", header(of("HF_TOKEN_PATH", named.toString())));
    assertEquals(
        "Bearer hf_x", header(of("HF_TOKEN", " hf_x ", "HF_TOKEN_PATH", named.toString())));
  }

  private static String header(HubSettings settings) {
    return settings.token().map(HubToken::header).orElse("");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://hub.test", "http://127.evil.test", "http://localhost.test"})
  void doesNotSendATokenInClearOverANetwork(String endpoint) {
    String message =
        refusal(
            IllegalArgumentException.class, () -> of("HF_TOKEN", "hf_x", "HF_ENDPOINT", endpoint));

    assertTrue(message.contains("has no TLS and would get the token in clear"), message);
    assertFalse(message.contains("hf_x"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://127.0.0.1:80", "http://localhost:8", "http://[::1]:8"})
  void takesThisMachineForSafe(String endpoint) throws Exception {
    assertTrue(of("HF_TOKEN", "hf_x", "HF_ENDPOINT", endpoint).token().isPresent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"hub.test", "ftp://hub.test", "https://", "https://h/?q", "https://u:pw@h", "a b"})
  void refusesAnEndpointThatIsNone(String endpoint) {
    String message = refusal(IllegalArgumentException.class, () -> of("HF_ENDPOINT", endpoint));

    assertTrue(message.startsWith("endpoint "), message);
    assertFalse(message.contains("pw"), message);
  }

  @Test
  void neverShowsAToken() throws Exception {
    String message =
        refusal(IllegalArgumentException.class, () -> of("HF_TOKEN", "hf_a\nX-Evil: 1"));

    assertTrue(message.startsWith("the token of HF_TOKEN has characters"), message);
    assertFalse(message.contains("hf_a"), message);
    assertFalse(of("HF_TOKEN", "hf_secret").toString().contains("secret"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a/b/c", "../x", "a/..", "a b/c", "-a/b", "a/b.git", "a--b", "a/b?c", "a/"})
  void refusesAnIdThatIsNone(String id) {
    assertThrows(IllegalArgumentException.class, () -> new HubId(id));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "HuggingFaceTB/SmolLM2-135M-Instruct", "a/b.c_d-e"})
  void takesIdsOfTheHub(String id) {
    assertEquals(id, new HubId(id).text());
  }

  @ParameterizedTest
  @CsvSource({
    "*.json,           a/b.json,      true",
    "config.json,      config.json,   true",
    "config.json,      a/config.json, false",
    "on*/model_?.onnx, onnx/model_1.onnx, true",
    "on*/model_?.onnx, onnx/model_10.onnx, false",
    "*a*b*c,           xxaxxbxxbxxc,  true",
    "*a*b*c,           xxaxxcxxb,     false",
  })
  void matchesGlobs(String glob, String name, boolean matches) {
    assertEquals(matches, FileSelection.matches(glob, name));
  }

  @Test
  void leavesOutASecondCopyOfTheWeights() {
    assertEquals(
        Set.of("model.safetensors"),
        FileSelection.of(List.of("consolidated.safetensors", "model.safetensors"), List.of()));
    assertEquals(
        Set.of("consolidated.safetensors"),
        FileSelection.of(List.of("consolidated.safetensors"), List.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "W/\"ABCDEF0123456789abcdef0123456789abcdef01\", git-sha1:abcdef0123456789abcdef0123456789abcdef01",
    "\"xyz\", ''",
  })
  void readsDigestsFromTags(String tag, String digest) {
    assertEquals(digest, ContentDigest.ofTag(tag).map(ContentDigest::toString).orElse(""));
  }
}
