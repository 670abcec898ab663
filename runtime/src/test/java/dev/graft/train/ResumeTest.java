package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.train.TinyRun.StopAfter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResumeTest {
  @TempDir Path folder;
  private TinyRun tiny;
  private TrainingData data;

  @BeforeEach
  void writeData() throws IOException {
    tiny = new TinyRun(folder);
    data = TrainingData.of(tiny.data("train.jsonl", 22, 3, 1));
  }

  @Test
  void resumesWithTheSameBitsFromEveryStep() throws IOException {
    Path eval = tiny.data("eval.jsonl", 9, 3, 2);
    List<TrainingOptions> variants =
        List.of(
            TinyRun.options().epochs(2).build(),
            TinyRun.options()
                .epochs(2)
                .accumulate(3)
                .bucketing(false)
                .clip(0.1)
                .loraPlusRatio(4)
                .schedule(Schedule.COSINE)
                .warmupSteps(2)
                .labelSmoothing(0.1)
                .classWeights(new ClassWeights.Balanced())
                .build(),
            TinyRun.options().shuffle(false).evalEvery(2).checkpointEvery(0).build(),
            TinyRun.options().epochs(2).loraDropout(0.1).tokensPerRun(8).build());
    for (int v = 0; v < variants.size(); v++) {
      TrainingData with = v == 2 ? data.withEval(eval) : data;
      Path whole = folder.resolve("whole-" + v);
      int steps = tiny.train(whole, with, variants.get(v)).steps();
      for (int stopped = 1; stopped < steps; stopped++) {
        Path run = folder.resolve("run-%d-%d".formatted(v, stopped));
        StopAfter stop = new StopAfter(stopped);
        TrainingResult first = tiny.job(run, stop, stop).train(with, variants.get(v));
        assertTrue(first.stopped());
        assertEquals(stopped, first.steps());
        assertFalse(Files.exists(run.resolve("adapter")));
        assertEquals("stopped", TinyRun.record(run).path("status").asText());
        TrainingResult second = tiny.resume(run, with, variants.get(v));
        assertFalse(second.stopped());
        assertSameRun(whole, run);
      }
    }
  }

  @Test
  void resumesManyTimesWithTheSameBits() throws IOException {
    TrainingOptions options = TinyRun.options().epochs(6).build();
    Path whole = folder.resolve("whole");
    tiny.train(whole, data, options);
    Path run = folder.resolve("run");
    Random random = new Random(5);
    boolean stopped = true;
    while (stopped) {
      StopAfter stop = new StopAfter(1 + random.nextInt(4));
      stopped = tiny.job(run, stop, stop).resume(data, options).stopped();
    }
    assertSameRun(whole, run);
  }

  @Test
  void resumingAFinishedRunGivesTheSameAdapterAgain() throws IOException {
    Path run = folder.resolve("run");
    TrainingOptions options = TinyRun.options().build();
    tiny.train(run, data, options);
    var before = TinyRun.bytes(run.resolve("adapter"));
    int lines = TinyRun.metrics(run).size();
    TrainingResult again = tiny.resume(run, data, options);
    assertFalse(again.stopped());
    assertEquals(before, TinyRun.bytes(run.resolve("adapter")));
    assertEquals(lines, TinyRun.metrics(run).size());
  }

  @Test
  void cutsWhatWasLoggedAfterTheCheckpoint() throws IOException {
    TrainingOptions options = TinyRun.options().build();
    Path whole = folder.resolve("whole");
    tiny.train(whole, data, options);
    Path run = folder.resolve("run");
    StopAfter stop = new StopAfter(4);
    tiny.job(run, stop, stop).train(data, options);
    Path metrics = run.resolve("metrics.jsonl");
    Files.writeString(metrics, Files.readString(metrics) + "{\"step\":5,\"loss\":1}\n{\"step");
    tiny.resume(run, data, options);
    assertSameRun(whole, run);
  }

  @Test
  void sweepsWhatAKilledProcessLeft() throws IOException {
    TrainingOptions options = TinyRun.options().build();
    Path run = folder.resolve("run");
    StopAfter stop = new StopAfter(4);
    tiny.job(run, stop, stop).train(data, options);
    Files.createDirectories(run.resolve("checkpoints/step-00000005.tmp"));
    Files.createDirectories(run.resolve(".adapter.123.tmp"));
    tiny.resume(run, data, options);
    try (Stream<Path> left = Files.walk(run)) {
      assertEquals(List.of(), left.filter(p -> p.toString().endsWith(".tmp")).toList());
    }
  }

  @Test
  void startsWhereThereIsNothingToResume() throws IOException {
    Path run = folder.resolve("run");
    tiny.resume(run, data, TinyRun.options().build());
    assertTrue(Files.exists(run.resolve("adapter/adapter_model.safetensors")));
  }

  @Test
  void startsInADirectoryThatWasKilledBeforeItsFirstCheckpoint() throws IOException {
    Path run = Files.createDirectories(folder.resolve("run"));
    Files.createFile(run.resolve(".lock"));
    Files.createDirectories(run.resolve("checkpoints/step-00000000.tmp"));
    tiny.resume(run, data, TinyRun.options().build());
    assertTrue(Files.exists(run.resolve("adapter/adapter_model.safetensors")));
  }

  @Test
  void carriesOverOptionsThatAreNotGivenAgain() throws IOException {
    Path run = folder.resolve("run");
    StopAfter stop = new StopAfter(4);
    tiny.job(run, stop, stop).train(data, TinyRun.options().build());
    tiny.resume(run, data, TrainingOptions.defaults());
    assertEquals("checkpoint", TinyRun.record(run).at("/options/learningRate/origin").asText());
    assertEquals(0.03, TinyRun.record(run).at("/options/learningRate/value").asDouble());
  }

  @Test
  void refusesOtherOptionsDataAndBundles() throws IOException {
    Path run = folder.resolve("run");
    TrainingOptions options = TinyRun.options().build();
    StopAfter stop = new StopAfter(4);
    tiny.job(run, stop, stop).train(data, options);
    String other =
        refusal(() -> tiny.resume(run, data, options.toBuilder().learningRate(0.5).build()));
    assertTrue(other.contains("learningRate is 0.5, was 0.03"), other);
    TrainingData changed = TrainingData.of(tiny.data("other.jsonl", 22, 3, 99));
    String data2 = refusal(() -> tiny.resume(run, changed, options));
    assertTrue(data2.contains("trainData is sha256:"), data2);
    TrainingJob bundle =
        new TrainingJob(
            TinyBase.in(folder).withDigest("sha256:other"),
            run,
            TrainingListener.none(),
            StopSignal.never());
    String base = refusal(() -> bundle.resume(data, options));
    assertTrue(base.contains("bundle is sha256:other, was sha256:tiny"), base);
    String evaluated = refusal(() -> tiny.resume(run, data.withEval(data.train()), options));
    assertTrue(evaluated.contains("evalData is sha256:"), evaluated);
  }

  @Test
  void refusesADirectoryThatIsNoRun() throws IOException {
    Path run = Files.createDirectories(folder.resolve("run"));
    Files.writeString(run.resolve("thesis.txt"), "precious");
    String message = refusal(() -> tiny.resume(run, data, TinyRun.options().build()));
    assertTrue(message.contains("is not a run: it has \"thesis.txt\""), message);
  }

  @Test
  void refusesADamagedCheckpoint() throws IOException {
    Path run = folder.resolve("run");
    StopAfter stop = new StopAfter(4);
    tiny.job(run, stop, stop).train(data, TinyRun.options().build());
    Path checkpoint = run.resolve("checkpoints/step-00000004");
    Path state = checkpoint.resolve("state.safetensors");
    byte[] bytes = Files.readAllBytes(state);
    bytes[bytes.length - 1] ^= 1;
    Files.write(state, bytes);
    String message = refusal(() -> tiny.resume(run, data, TinyRun.options().build()));
    assertTrue(message.contains("remove the checkpoint to resume from the one before"), message);
    RunFiles.deleteTree(checkpoint);
    assertFalse(tiny.resume(run, data, TinyRun.options().build()).stopped());
  }

  @Test
  void refusesToTrainTwiceInOneDirectoryAtATime() throws IOException {
    Path run = folder.resolve("run");
    TrainingOptions options = TinyRun.options().build();
    TrainingListener second =
        new TrainingListener() {
          @Override
          public void onStart(TrainingPlan plan) {
            String message = refusal(() -> tiny.resume(run, data, options));
            assertTrue(message.contains("another process is training"), message);
          }
        };
    tiny.job(run, second, StopSignal.never()).train(data, options);
  }

  private interface Attempt {
    void run() throws IOException;
  }

  private static String refusal(Attempt attempt) {
    return String.valueOf(assertThrows(TrainingException.class, attempt::run).getMessage());
  }

  private static void assertSameRun(Path expected, Path found) throws IOException {
    assertEquals(
        TinyRun.bytes(expected.resolve("adapter")), TinyRun.bytes(found.resolve("adapter")));
    assertEquals(TinyRun.timelessMetrics(expected), TinyRun.timelessMetrics(found));
  }
}
