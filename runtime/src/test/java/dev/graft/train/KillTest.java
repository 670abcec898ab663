package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KillTest {
  private static final int ROUNDS = 20;

  @Test
  void aRunKilledAgainAndAgainEndsInTheSameBytes(@TempDir Path folder)
      throws IOException, InterruptedException {
    TinyRun tiny = new TinyRun(folder);
    tiny.data(KilledRun.DATA, 22, 3, 1);
    tiny.data("eval.jsonl", 6, 3, 2);
    Path run = folder.resolve(KilledRun.RUN);
    Random random = new Random(11);
    int killed = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Process process = start(folder);
      // A quarter of the kills hit the start, the others some steps.
      if (round % 4 == 3) {
        process.waitFor(random.nextInt(800), TimeUnit.MILLISECONDS);
      } else {
        awaitSteps(process, run.resolve("metrics.jsonl"));
        process.waitFor(random.nextInt(60), TimeUnit.MILLISECONDS);
      }
      killed += process.isAlive() ? 1 : 0;
      process.destroyForcibly().waitFor();
    }
    assertTrue(killed > ROUNDS / 2, "only %d processes were alive to be killed".formatted(killed));
    assertFalse(Files.exists(run.resolve("adapter")), "the run ended before it was killed enough");
    tiny.resume(run, KilledRun.data(folder), KilledRun.options());
    Path whole = folder.resolve("whole");
    tiny.train(whole, KilledRun.data(folder), KilledRun.options());
    assertEquals(TinyRun.bytes(whole.resolve("adapter")), TinyRun.bytes(run.resolve("adapter")));
    assertEquals(TinyRun.timelessMetrics(whole), TinyRun.timelessMetrics(run));
    try (Stream<Path> left = Files.walk(run)) {
      assertEquals(List.of(), left.filter(path -> path.toString().endsWith(".tmp")).toList());
    }
  }

  private static Process start(Path folder) throws IOException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return new ProcessBuilder(
            java.toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            KilledRun.class.getName(),
            folder.toString())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("output.txt").toFile())
        .start();
  }

  /** Wait until the process has written a line. */
  private static void awaitSteps(Process process, Path metrics)
      throws IOException, InterruptedException {
    long before = -1;
    while (process.isAlive()) {
      long size = Files.exists(metrics) ? Files.size(metrics) : 0;
      if (before >= 0 && size > before) {
        return;
      }
      before = size;
      process.waitFor(5, TimeUnit.MILLISECONDS);
    }
  }
}
