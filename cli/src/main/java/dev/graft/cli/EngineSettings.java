package dev.graft.cli;

import dev.graft.infer.EngineOptions;
import dev.graft.session.BasePrecision;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How answers are computed. */
final class EngineSettings {
  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of ONNX Runtime. Default: one per core.")
  Optional<Integer> threads = Optional.empty();

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "32",
      description = "Rows per run. Default: ${DEFAULT-VALUE}.")
  int batchSize;

  @Option(
      names = "--base-precision",
      paramLabel = "HOW",
      defaultValue = "fp32",
      description =
          "Products with frozen weights: fp32, or int8 (faster, answers slightly off). Default: ${DEFAULT-VALUE}.")
  BasePrecision basePrecision = BasePrecision.FP32;

  EngineOptions options() {
    requirePositive("--batch-size", batchSize);
    threads.ifPresent(n -> requirePositive("--threads", n));
    EngineOptions options =
        EngineOptions.defaults().withMaxBatchRows(batchSize).withBasePrecision(basePrecision);
    return threads.map(options::withThreads).orElse(options);
  }

  static void requirePositive(String option, int value) {
    if (value < 1) {
      throw CommandFailure.usage(
          "%s cannot be '%d'".formatted(option, value),
          "it must be at least 1",
          "give a larger number");
    }
  }
}
