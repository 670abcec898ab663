package dev.graft.cli;

import dev.graft.testmodels.TinyEncoders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * A folder with a tiny encoder, data, and what the commands make of them. Made anew by every test
 * class, with the commands themselves.
 */
record Workshop(Path root) {
  private static final String TRAIN =
      """
      {"text": "the sun is hot", "label": "warm"}
      {"text": "a hot lamp", "label": "warm"}
      {"text": "hot hot hot", "label": "warm"}
      {"text": "the red sun", "label": "warm"}
      {"text": "snow and rain", "label": "cold"}
      {"text": "cold weather", "label": "cold"}
      {"text": "cold cold snow", "label": "cold"}
      {"text": "the blue rain", "label": "cold"}
      """;

  /** Writes model, tokenizer and data. */
  static Workshop in(Path root) throws IOException {
    TinyEncoders.write(root, TinyEncoders.Style.TORCHSCRIPT, 1);
    Files.writeString(root.resolve("train.jsonl"), TRAIN);
    return new Workshop(root);
  }

  /** Also exports a bundle and trains an adapter on it. */
  static Workshop furnished(Path root) throws IOException {
    Workshop shop = in(root);
    Run.of("export", shop.model(), "-o", shop.bundle(), "--task", "text-classification")
        .expect(ExitCode.OK);
    shop.train(shop.run()).expect(ExitCode.OK);
    return shop;
  }

  /** Trains for a moment into {@code run}. */
  Run train(Path run, Object... more) {
    return Run.of(
        Stream.concat(
                Stream.of(
                    "train",
                    bundle(),
                    "--data",
                    data(),
                    "-o",
                    run,
                    "--max-steps",
                    12,
                    "--lr",
                    0.01),
                Stream.of(more))
            .toArray());
  }

  Path model() {
    return root.resolve(TinyEncoders.MODEL);
  }

  Path data() {
    return root.resolve("train.jsonl");
  }

  Path bundle() {
    return root.resolve("bundle");
  }

  Path run() {
    return root.resolve("run");
  }

  Path adapter() {
    return run().resolve("adapter");
  }

  /** A path in this folder. */
  Path at(String name) {
    return root.resolve(name);
  }

  /** Writes a file in this folder. */
  Path write(String name, String text) {
    try {
      return Files.writeString(root.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies a folder in this folder. */
  Path copy(Path from, String name) {
    Path to = root.resolve(name);
    try (Stream<Path> tree = Files.walk(from)) {
      for (Path path : tree.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return to;
  }

  /** The names of everything in this folder, hidden files included. */
  java.util.Set<String> listing() {
    try (Stream<Path> entries = Files.list(root)) {
      return new java.util.TreeSet<>(entries.map(p -> p.getFileName().toString()).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
