package dev.graft.bench;

import dev.graft.adapter.TargetModules;
import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.ExportOptions;
import dev.graft.export.Task;
import dev.graft.infer.Embedding;
import dev.graft.infer.Engine;
import dev.graft.infer.EngineOptions;
import dev.graft.infer.Request;
import dev.graft.session.BasePrecision;
import dev.graft.testmodels.EmbeddedMiniLm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A batch of 32 rows over 32 adapters, against one adapter for all rows and against one run per
 * row, from the text to the embedding, tokenizer included. Model and adapters are those of the
 * peer's benchmark: all-MiniLM-L6-v2, rank 8 on query and value.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class SwapBenchmark {
  private static final int ROWS = 32;
  private static final int RANK = 8;

  /** Tokens that the tokenizer puts around every text. */
  private static final int SPECIAL_TOKENS = 2;

  /** Tokens per row. */
  @Param({"16", "64"})
  public int tokens;

  /** Products with frozen weights. */
  @Param({"FP32", "INT8"})
  public BasePrecision precision = BasePrecision.FP32;

  private Path folder;
  private Engine engine;
  private List<Request> mixed;
  private List<Request> uniform;
  private int turn;

  @Setup(Level.Trial)
  public void open() throws IOException {
    folder = Files.createTempDirectory("graft-swap");
    Path model = EmbeddedMiniLm.extract(folder.resolve("model"));
    ExportOptions options =
        ExportOptions.of(Task.FEATURE_EXTRACTION)
            .withTargets(TargetModules.suffixes("query", "value"));
    Bundle bundle =
        BundleExporter.export(
                model,
                Optional.of(model.resolveSibling(EmbeddedMiniLm.TOKENIZER)),
                options,
                folder.resolve("bundle"))
            .bundle();
    engine =
        Engine.open(bundle, EngineOptions.defaults().withThreads(2).withBasePrecision(precision));
    String text = "word ".repeat(tokens - SPECIAL_TOKENS).strip();
    mixed = new ArrayList<>();
    uniform = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      engine.load("a" + i, RandomAdapters.of(bundle, i, RANK));
      mixed.add(Request.of(text, "a" + i));
      uniform.add(Request.of(text, "a0"));
    }
  }

  @TearDown(Level.Trial)
  public void close() throws IOException {
    engine.close();
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** 32 rows, 32 adapters, one run. */
  @Benchmark
  public List<Embedding> mixedBatch() {
    return engine.embed(mixed, false);
  }

  /** 32 rows, one adapter, one run. */
  @Benchmark
  public List<Embedding> oneAdapter() {
    return engine.embed(uniform, false);
  }

  /** 32 rows, 32 adapters, one run for each. */
  @Benchmark
  public List<Embedding> oneByOne() {
    List<Embedding> answers = new ArrayList<>();
    for (Request request : mixed) {
      answers.addAll(engine.embed(List.of(request), false));
    }
    return answers;
  }

  /** Choosing another loaded adapter: looking it up, leasing it, and giving it back. */
  @Benchmark
  @OutputTimeUnit(TimeUnit.NANOSECONDS)
  public List<String> choose() {
    turn = (turn + 1) % ROWS;
    return engine.labelsOf("a" + turn);
  }

  /** One row, another adapter at every call; less {@link #rowSameAdapter()} it is a swap's cost. */
  @Benchmark
  public List<Embedding> rowOtherAdapter() {
    turn = (turn + 1) % ROWS;
    return engine.embed(List.of(mixed.get(turn)), false);
  }

  /** One row, the same adapter at every call. */
  @Benchmark
  public List<Embedding> rowSameAdapter() {
    return engine.embed(List.of(mixed.get(0)), false);
  }
}
