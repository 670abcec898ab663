package dev.graft.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Trains on the tiny base; the label of a text is its first word. */
final class TinyRun {
  private static final List<String> WORDS = List.of("one", "two", "three", "four", "five", "cafe");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  TinyRun(Path folder) {
    this.folder = folder;
  }

  /** Options that learn the tiny task in a few dozen steps, one thread. */
  static TrainingOptionsBuilder options() {
    return TrainingOptions.builder()
        .rank(2)
        .alpha(4)
        .learningRate(0.03)
        .batchSize(4)
        .epochs(3)
        .seed(7)
        .threads(OptionalInt.of(1));
  }

  /**
   * Write labelled rows: {@code labels} different first words, then up to five words that say
   * nothing.
   */
  Path data(String name, int rows, int labels, long seed) throws IOException {
    Random random = new Random(seed);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < rows; i++) {
      String label = WORDS.get(random.nextInt(labels));
      StringBuilder text = new StringBuilder(label);
      for (int more = random.nextInt(6); more > 0; more--) {
        text.append(' ').append(WORDS.get(WORDS.size() - 1 - random.nextInt(3)));
      }
      lines.append(
          JSON.writeValueAsString(
              JSON.createObjectNode().put("text", text.toString()).put("label", label)));
      lines.append('\n');
    }
    return Files.writeString(folder.resolve(name), lines);
  }

  TrainingJob job(Path run, TrainingListener listener, StopSignal stop) throws IOException {
    return new TrainingJob(TinyBase.in(folder), run, listener, stop);
  }

  TrainingResult train(Path run, TrainingData data, TrainingOptions options) throws IOException {
    return job(run, TrainingListener.none(), StopSignal.never()).train(data, options);
  }

  TrainingResult resume(Path run, TrainingData data, TrainingOptions options) throws IOException {
    return job(run, TrainingListener.none(), StopSignal.never()).resume(data, options);
  }

  /** A signal that comes when a number of steps is done, and the listener that counts them. */
  static final class StopAfter implements TrainingListener, StopSignal {
    private final int steps;
    private int done;

    StopAfter(int steps) {
      this.steps = steps;
    }

    @Override
    public void onStep(StepMetrics metrics) {
      done++;
    }

    @Override
    public boolean requested() {
      return done >= steps;
    }
  }

  /** Every file of an adapter as text of its bytes, by name. */
  static SortedMap<String, String> bytes(Path adapter) throws IOException {
    SortedMap<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(adapter)) {
      for (Path file : files.toList()) {
        contents.put(file.getFileName().toString(), RunDigests.ofFile(file));
      }
    }
    return contents;
  }

  static List<JsonNode> metrics(Path run) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  /** The metrics without the durations, which no two runs share. */
  static List<JsonNode> timelessMetrics(Path run) throws IOException {
    List<JsonNode> lines = metrics(run);
    lines.forEach(line -> ((ObjectNode) line).remove("seconds"));
    return lines;
  }

  static JsonNode record(Path run) throws IOException {
    return JSON.readTree(run.resolve("run.json").toFile());
  }
}
