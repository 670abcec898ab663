package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.data.DataException;
import dev.graft.ort.NativeHandles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingJobTest {
  @TempDir Path folder;
  private TinyRun tiny;
  private TrainingData data;
  private Path run;
  private long handles;

  @BeforeEach
  void writeData() throws IOException {
    handles = NativeHandles.openCount();
    tiny = new TinyRun(folder);
    data = TrainingData.of(tiny.data("train.jsonl", 24, 3, 1));
    run = folder.resolve("run");
  }

  @AfterEach
  void freesAllNativeMemory() {
    assertEquals(handles, NativeHandles.openCount(), NativeHandles.describeOpen()::toString);
  }

  @Test
  void learnsTheTask() throws IOException {
    TrainingData with = data.withEval(tiny.data("eval.jsonl", 30, 3, 2));
    TrainingResult result = tiny.train(run, with, TinyRun.options().epochs(30).build());
    assertTrue(result.lastEval().orElseThrow().evalAccuracy() > 0.75, result.lastEval().toString());
    assertEquals(180, result.steps());
  }

  @Test
  void writesAnAdapterThatSaysWhatItIs() throws IOException {
    tiny.train(run, data, TinyRun.options().build());
    Adapter adapter = new PeftFormat().read(run.resolve("adapter"));
    assertEquals(new HashSet<>(TinyBase.MODULES), LoraModules.in(adapter).keySet());
    assertEquals(List.of(3L, 6L), shape(adapter, "classifier.weight"));
    assertEquals(List.of(3L), shape(adapter, "classifier.bias"));
    assertEquals(List.of("one", "three", "two"), adapter.record().labels());
    assertEquals(Optional.of("sha256:base"), adapter.record().baseDigest());
    assertEquals(Optional.of("sha256:tokenizer"), adapter.record().tokenizerDigest());
    assertEquals(Optional.of("mean"), adapter.record().pooling());
    assertEquals(Optional.of(16), adapter.record().maxLength());
    assertEquals(3, adapter.record().probes().size());
    assertEquals(18, adapter.record().training().path("steps").asInt());
    LoraConfig config = (LoraConfig) adapter.config();
    assertEquals(2, config.rank());
    assertEquals(4, config.alpha());
    assertEquals(new TargetModules.Suffixes(TinyBase.MODULES), config.targets());
    assertEquals(List.of("classifier"), config.modulesToSave());
    assertTrue(adapter.isEffective());
  }

  private static List<Long> shape(Adapter adapter, String name) {
    return Optional.ofNullable(adapter.saved().get(name)).orElseThrow().shape();
  }

  @Test
  void writesMetricsAndRecord() throws IOException {
    TrainingData with = data.withEval(tiny.data("eval.jsonl", 5, 3, 2));
    TrainingOptions options = TinyRun.options().warmupSteps(3).evalEvery(5).build();
    TrainingResult result = tiny.train(run, with, options);
    List<JsonNode> lines = TinyRun.metrics(run);
    int step = 0;
    long tokens = 0;
    List<Integer> evaluated = new ArrayList<>();
    for (JsonNode line : lines) {
      if (line.has("evalLoss")) {
        assertEquals(Set.of("step", "evalLoss", "evalAccuracy"), names(line));
        evaluated.add(line.path("step").asInt());
        continue;
      }
      assertEquals(
          Set.of("step", "loss", "learningRate", "gradNorm", "tokens", "paddedTokens", "seconds"),
          names(line));
      assertEquals(++step, line.path("step").asInt());
      assertTrue(line.path("paddedTokens").asLong() >= line.path("tokens").asLong());
      assertTrue(line.path("gradNorm").asDouble() > 0);
      tokens += line.path("tokens").asLong();
    }
    assertEquals(18, step);
    assertEquals(List.of(5, 10, 15, 18), evaluated);
    assertEquals(0, lines.get(0).path("learningRate").asDouble());
    assertEquals(0.01, lines.get(1).path("learningRate").asDouble(), 1e-12);
    JsonNode record = TinyRun.record(run);
    assertEquals("finished", record.path("status").asText());
    assertEquals(tokens, record.path("tokens").asLong());
    assertEquals("flag", record.at("/options/learningRate/origin").asText());
    assertEquals("default", record.at("/options/weightDecay/origin").asText());
    assertEquals(7, record.at("/seeds/seed").asInt());
    for (String digest :
        List.of("base", "bundle", "tokenizer", "trainData", "evalData", "adapter")) {
      assertTrue(record.at("/digests/" + digest).asText().startsWith("sha256:"), digest);
    }
    for (String version : List.of("graft", "java", "onnxruntime")) {
      assertFalse(record.at("/versions/" + version).asText().isEmpty(), version);
    }
    assertEquals(
        record.path("tokens").asDouble() / record.path("trainingSeconds").asDouble(),
        record.path("tokensPerSecond").asDouble(),
        1e-6);
    assertTrue(record.path("paddedTokensPerSecond").asDouble() > 0);
    assertTrue(record.path("seconds").asDouble() > record.path("startSeconds").asDouble());
    if (Files.exists(Path.of("/proc/self/status"))) {
      assertTrue(record.path("peakRssBytes").asLong() > 1 << 20);
    }
    assertEquals(result.record().toJson().size(), record.size());
  }

  private static Set<String> names(JsonNode object) {
    Set<String> names = new HashSet<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  @Test
  void stopsEarlyAndKeepsTheBestEvaluationsWeights() throws IOException {
    TrainingData with = data.withEval(tiny.data("eval.jsonl", 12, 3, 2));
    // Big steps: the evaluation loss soon rises.
    TrainingOptions options =
        TinyRun.options()
            .learningRate(0.6)
            .schedule(Schedule.CONSTANT)
            .epochs(50)
            .evalEvery(2)
            .earlyStoppingPatience(3)
            .checkpointEvery(1)
            .build();
    TrainingResult result = tiny.train(run, with, options);
    assertTrue(result.steps() < 300, "did not stop early");
    EvalMetrics best = result.record().bestEval().orElseThrow();
    assertEquals(best.step() + 6, result.steps());
    assertEquals(best.step(), result.record().adapterStep());
    double least =
        TinyRun.metrics(run).stream()
            .filter(line -> line.has("evalLoss"))
            .mapToDouble(line -> line.path("evalLoss").asDouble())
            .min()
            .orElseThrow();
    assertEquals(least, best.evalLoss());
    assertEquals(
        Set.of(
            "step-%08d".formatted(best.step()),
            "step-%08d".formatted(result.steps() - 1),
            "step-%08d".formatted(result.steps())),
        checkpoints());
    // The same run cut off at the best step has the same weights.
    Path cut = folder.resolve("cut");
    tiny.train(
        cut,
        data,
        options.toBuilder().earlyStoppingPatience(0).maxSteps(OptionalInt.of(best.step())).build());
    assertEquals(
        TinyRun.bytes(cut.resolve("adapter")).get("adapter_model.safetensors"),
        TinyRun.bytes(run.resolve("adapter")).get("adapter_model.safetensors"));
    Path last = folder.resolve("last");
    tiny.train(last, with, options.toBuilder().keepBest(false).build());
    assertNotEquals(
        TinyRun.bytes(last.resolve("adapter")).get("adapter_model.safetensors"),
        TinyRun.bytes(run.resolve("adapter")).get("adapter_model.safetensors"));
  }

  private Set<String> checkpoints() throws IOException {
    Set<String> names = new HashSet<>();
    try (Stream<Path> entries = Files.list(run.resolve("checkpoints"))) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    }
    return names;
  }

  @Test
  void keepsTheLastTwoCheckpoints() throws IOException {
    tiny.train(run, data, TinyRun.options().checkpointEvery(5).build());
    assertEquals(Set.of("step-00000015", "step-00000018"), checkpoints());
  }

  @Test
  void trainsOnlyTheModulesThatAreTargeted() throws IOException {
    tiny.train(
        run, data, TinyRun.options().targets(TargetModules.suffixes("layer.1.query")).build());
    assertEquals(
        Set.of("layer.1.query"),
        LoraModules.in(new PeftFormat().read(run.resolve("adapter"))).keySet());
    TrainingException refusal =
        assertThrows(
            TrainingException.class,
            () ->
                tiny.train(
                    folder.resolve("other"),
                    data,
                    TinyRun.options().targets(TargetModules.suffixes("layer.1.qeury")).build()));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.contains("did you mean \"layer.1.query\""), message);
    assertFalse(Files.exists(folder.resolve("other")));
  }

  @Test
  void leavesOutRowsWithTheIgnoredLabel() throws IOException {
    Path some = tiny.data("some.jsonl", 24, 3, 1);
    List<String> kept =
        Files.readAllLines(some).stream().filter(line -> !line.contains(":\"two\"")).toList();
    Path without = Files.write(folder.resolve("without.jsonl"), kept);
    TrainingOptions options = TinyRun.options().maxSteps(OptionalInt.of(6)).build();
    tiny.train(run, TrainingData.of(without), options);
    Path ignoring = folder.resolve("ignoring");
    tiny.train(
        ignoring,
        TrainingData.of(some),
        options.toBuilder().ignoreLabel(Optional.of("two")).build());
    assertEquals(TinyRun.timelessMetrics(run), TinyRun.timelessMetrics(ignoring));
  }

  @Test
  void goesOnFromAnotherAdapter() throws IOException {
    tiny.train(run, data, TinyRun.options().rank(3).build());
    Path next = folder.resolve("next");
    TrainingData from = data.withInitAdapter(run.resolve("adapter"));
    TrainingOptions plain =
        TrainingOptions.builder()
            .threads(OptionalInt.of(1))
            .batchSize(4)
            .learningRate(0.01)
            .build();
    tiny.train(next, from, plain);
    assertEquals(3, TinyRun.record(next).at("/options/rank/value").asInt());
    assertEquals("file", TinyRun.record(next).at("/options/rank/origin").asText());
    double before = TinyRun.metrics(run).get(17).path("loss").asDouble();
    double after = TinyRun.metrics(next).get(0).path("loss").asDouble();
    assertEquals(before, after, 0.35);
    TrainingException rank =
        assertThrows(
            TrainingException.class,
            () -> tiny.train(folder.resolve("x"), from, plain.toBuilder().rank(2).build()));
    assertTrue(
        String.valueOf(rank.getMessage())
            .contains("option \"rank\" is 2, but the initial adapter has 3"));
    TrainingData more = TrainingData.of(tiny.data("more.jsonl", 24, 5, 1));
    DataException label =
        assertThrows(
            DataException.class,
            () ->
                tiny.train(
                    folder.resolve("x"), more.withInitAdapter(run.resolve("adapter")), plain));
    assertTrue(String.valueOf(label.getMessage()).contains("is not known"), label.getMessage());
  }

  @Test
  void refusesAnAdapterThatDoesNotMove() throws IOException {
    TrainingJob frozen =
        new TrainingJob(
            TinyBase.in(folder).frozen(), run, TrainingListener.none(), StopSignal.never());
    TrainingException refusal =
        assertThrows(
            TrainingException.class,
            () -> frozen.train(data, TinyRun.options().weightDecay(0).build()));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.contains("after 18 steps the adapter's weights"), message);
    assertFalse(Files.exists(run.resolve("adapter")));
    assertEquals("failed", TinyRun.record(run).path("status").asText());
    assertEquals(message, TinyRun.record(run).path("problem").asText());
  }

  @Test
  void stopsAtALossThatIsNotFinite() throws IOException {
    TrainingOptions options =
        TinyRun.options().learningRate(1e30).shuffle(false).bucketing(false).build();
    TrainingException refusal =
        assertThrows(TrainingException.class, () -> tiny.train(run, data, options));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.matches("(?s)step [2-9]: the loss is .*"), message);
    int step = Integer.parseInt(message.substring(5, 6));
    int first = 4 * (step - 1) + 1;
    assertTrue(
        message.contains(
            "lines %d, %d, %d, %d of \"".formatted(first, first + 1, first + 2, first + 3)),
        message);
    assertEquals(step - 1, TinyRun.metrics(run).size());
    assertFalse(Files.exists(run.resolve("adapter")));
  }

  @Test
  void refusesADirectoryThatExists() throws IOException {
    Files.createDirectories(run);
    FileAlreadyExistsException refusal =
        assertThrows(
            FileAlreadyExistsException.class,
            () -> tiny.train(run, data, TinyRun.options().build()));
    assertTrue(String.valueOf(refusal.getMessage()).contains("resume the run in it"));
  }

  @Test
  void leavesNothingBehindWhenItCannotStart() throws IOException {
    Path bad = Files.writeString(folder.resolve("bad.jsonl"), "{\"text\":\"one\"}\n");
    assertThrows(
        DataException.class,
        () -> tiny.train(run, TrainingData.of(bad), TinyRun.options().build()));
    assertFalse(Files.exists(run));
    assertThrows(
        TrainingException.class,
        () -> tiny.train(run, data, TinyRun.options().maxLength(17).build()));
    assertFalse(Files.exists(run));
    Path one = tiny.data("one.jsonl", 3, 1, 1);
    assertThrows(
        TrainingException.class,
        () -> tiny.train(run, TrainingData.of(one), TinyRun.options().build()));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            tiny.train(
                run,
                data,
                TinyRun.options()
                    .classWeights(new ClassWeights.ByLabel(Map.of("nine", 1.0)))
                    .build()));
    assertFalse(Files.exists(run));
  }

  @Test
  void tellsItsListenerWhatHappens() throws IOException {
    List<String> heard = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onStart(TrainingPlan plan) {
            heard.add("start " + plan.totalSteps());
          }

          @Override
          public void onStep(StepMetrics metrics) {
            heard.add("step " + metrics.step());
          }

          @Override
          public void onEval(EvalMetrics metrics) {
            heard.add("eval " + metrics.step());
          }

          @Override
          public void onCheckpoint(Path checkpoint) {
            heard.add(checkpoint.getFileName().toString());
          }

          @Override
          public void onEnd(TrainingResult result) {
            heard.add("end " + result.steps());
          }
        };
    TrainingOptions options = TinyRun.options().maxSteps(OptionalInt.of(2)).evalEvery(2).build();
    tiny.job(run, listener, StopSignal.never())
        .train(data.withEval(tiny.data("eval.jsonl", 5, 3, 2)), options);
    assertEquals(List.of("start 2", "step 1", "step 2", "eval 2", "step-00000002", "end 2"), heard);
  }
}
