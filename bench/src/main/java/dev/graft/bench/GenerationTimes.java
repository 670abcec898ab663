package dev.graft.bench;

import dev.graft.adapter.format.AdapterFormats;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.export.Bundle;
import dev.graft.generate.GenerationEngine;
import dev.graft.generate.GenerationOptions;
import dev.graft.generate.GenerationRequest;
import dev.graft.generate.GenerationResult;
import dev.graft.generate.Prompt;
import dev.graft.generate.Stopping;
import dev.graft.session.BasePrecision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Times generation as {@code bench/generate/peer.py} does: the same prompt, adapters and ways,
 * which take turns in every round. Writes a JSON object with the median seconds of each.
 *
 * <p>Arguments: bundle, folder with the adapters {@code a0} to {@code a7} and {@code prompt.txt}
 * (token ids), file to write, rounds, threads, precision.
 */
public final class GenerationTimes {
  private static final int ROWS = 8;
  private static final int NEW_TOKENS = 64;
  private static final int PREFILLS = 10;

  private final GenerationEngine engine;
  private final Prompt prompt;
  private final Map<String, List<Double>> seconds = new LinkedHashMap<>();

  private GenerationTimes(GenerationEngine engine, Prompt prompt) {
    this.engine = engine;
    this.prompt = prompt;
  }

  /** Measures and writes the result. */
  public static void main(String[] args) throws IOException {
    if (args.length != 6) {
      throw new IllegalArgumentException(
          "expected BUNDLE ADAPTERS OUT ROUNDS THREADS fp32|int8, found " + Arrays.toString(args));
    }
    Path adapters = Path.of(args[1]);
    GenerationOptions options =
        GenerationOptions.defaults()
            .withThreads(Integer.parseInt(args[4]))
            .withMaxRows(ROWS)
            .withBasePrecision(BasePrecision.valueOf(args[5].toUpperCase(Locale.ROOT)));
    String ids = Files.readString(adapters.resolve("prompt.txt")).strip();
    List<Integer> tokens = Arrays.stream(ids.split(" ", -1)).map(Integer::valueOf).toList();
    try (GenerationEngine engine = GenerationEngine.open(Bundle.open(Path.of(args[0])), options)) {
      for (int i = 0; i < ROWS; i++) {
        Path adapter = adapters.resolve("a" + i);
        engine.load("a" + i, AdapterFormats.load(adapter, ReadOptions.strict()).adapter());
      }
      GenerationTimes times = new GenerationTimes(engine, Prompt.ofTokens(tokens));
      times.round();
      times.seconds.clear();
      for (int round = 0; round < Integer.parseInt(args[3]); round++) {
        times.round();
      }
      Files.writeString(Path.of(args[2]), times.json());
    }
  }

  private void round() {
    for (int i = 0; i < PREFILLS; i++) {
      time("prefill", () -> run(List.of(request(0, 1))));
    }
    time("one", () -> run(List.of(request(0, NEW_TOKENS))));
    time("eightOneAdapter", () -> run(Collections.nCopies(ROWS, request(0, NEW_TOKENS))));
    time("eightMixed", () -> run(mixed()));
    time("eightOneByOne", () -> mixed().forEach(request -> run(List.of(request))));
  }

  private GenerationRequest request(int adapter, int tokens) {
    return GenerationRequest.of(prompt)
        .withAdapter("a" + adapter)
        .withStopping(Stopping.defaults().withEndTokens(false).withMaxNewTokens(tokens));
  }

  private List<GenerationRequest> mixed() {
    return IntStream.range(0, ROWS).mapToObj(i -> request(i, NEW_TOKENS)).toList();
  }

  private void run(List<GenerationRequest> requests) {
    List<GenerationResult> results = engine.generate(requests);
    for (int i = 0; i < results.size(); i++) {
      int wanted = requests.get(i).stopping().maxNewTokens();
      int found = results.get(i).tokens().size();
      if (found != wanted) {
        throw new IllegalStateException("%d tokens, expected %d".formatted(found, wanted));
      }
    }
  }

  private void time(String way, Runnable action) {
    long began = System.nanoTime();
    action.run();
    double elapsed = (System.nanoTime() - began) / 1e9;
    seconds.computeIfAbsent(way, unused -> new ArrayList<>()).add(elapsed);
  }

  private String json() {
    return seconds.entrySet().stream()
        .map(e -> "\"%s\": %s".formatted(e.getKey(), median(e.getValue())))
        .collect(Collectors.joining(", ", "{\"seconds\": {", "}}\n"));
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
