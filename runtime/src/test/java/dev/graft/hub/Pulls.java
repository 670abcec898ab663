package dev.graft.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What the tests of this room do again and again. */
final class Pulls {
  static final int WEIGHT_BYTES = 300_000;

  /** Patient in milliseconds. */
  static final RetryPolicy QUICK =
      new RetryPolicy(
          4,
          Duration.ofMillis(5),
          Duration.ofMillis(20),
          Duration.ofSeconds(5),
          Duration.ofMillis(700));

  private Pulls() {}

  /** A hub with a small model. */
  static LocalHub tinyModel() throws IOException {
    return new LocalHub()
        .small("config.json", "{\"model_type\": \"llama\"}")
        .small("README.md", "# tiny\n")
        .small("modeling_tiny.py", "raise SystemExit\n")
        .large("model.safetensors", weights())
        .large("tokenizer.json", "{\"a tokenizer\": 1}".getBytes(StandardCharsets.UTF_8))
        .large("pytorch_model.bin", new byte[100])
        .large("onnx/model.onnx", new byte[5000]);
  }

  static byte[] weights() {
    byte[] bytes = new byte[WEIGHT_BYTES];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  static HubClient client(LocalHub hub) {
    return client(hub, Optional.empty());
  }

  static HubClient client(LocalHub hub, Optional<String> token) {
    return new HubClient(
        new HubSettings(hub.endpoint(), token.map(t -> HubToken.of(t, "a test")), false), QUICK);
  }

  static HubModel find(LocalHub hub, String... globs) throws IOException {
    return find(client(hub), globs);
  }

  static HubModel find(HubClient client, String... globs) throws IOException {
    return client.find(new HubId(LocalHub.ID), "main", List.of(globs), PullListener.SILENT);
  }

  static PullReport pull(LocalHub hub, Path target, String... globs) throws IOException {
    HubClient client = client(hub);
    return client.pull(find(client, globs), target, PullListener.SILENT);
  }

  /** Every file of a folder with the digest of its content. */
  static Map<String, String> content(Path folder) throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.filter(Files::isRegularFile).toList()) {
        found.put(folder.relativize(path).toString(), LocalHub.sha256(Files.readAllBytes(path)));
      }
    }
    return found;
  }

  /** The names of everything in a folder, hidden ones included. */
  static List<String> listing(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
