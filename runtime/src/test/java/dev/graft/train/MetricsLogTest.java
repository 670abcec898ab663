package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsLogTest {
  @TempDir Path folder;

  @Test
  void handsOverEveryLineAtOnce() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    try (MetricsLog log = MetricsLog.open(file, 0)) {
      log.step(new StepMetrics(1, 0.5, 0.001, 1.25, 10, 16, 0.25));
      String first =
          "{\"step\":1,\"loss\":0.5,\"learningRate\":0.001,\"gradNorm\":1.25,\"tokens\":10,\"paddedTokens\":16,\"seconds\":0.25}\n";
      assertEquals(first, Files.readString(file));
      log.eval(new EvalMetrics(1, 0.5, 0.75));
      String second = "{\"step\":1,\"evalLoss\":0.5,\"evalAccuracy\":0.75}\n";
      assertEquals(first + second, Files.readString(file));
      assertEquals(Files.size(file), log.force());
    }
  }

  @Test
  void cutsWhatCameLater() throws IOException {
    Path file = Files.writeString(folder.resolve("metrics.jsonl"), "first\nsecond\n");
    try (MetricsLog log = MetricsLog.open(file, 6)) {
      log.eval(new EvalMetrics(1, 0, 0));
    }
    assertTrue(Files.readString(file).startsWith("first\n{\"step\":1"));
  }

  @Test
  void refusesAFileThatIsShorterThanItWas() throws IOException {
    Path file = Files.writeString(folder.resolve("metrics.jsonl"), "first\n");
    TrainingException refusal =
        assertThrows(TrainingException.class, () -> MetricsLog.open(file, 7));
    assertTrue(String.valueOf(refusal.getMessage()).contains("has 6 bytes"), refusal.getMessage());
  }
}
