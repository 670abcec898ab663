package dev.graft.cli;

import dev.graft.export.Bundle;
import dev.graft.generate.GenerationOptions;
import dev.graft.session.BasePrecision;
import java.util.Optional;
import picocli.CommandLine.Option;

/** On what, and in what numbers, answers are computed. */
class ComputeSettings {
  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of ONNX Runtime. Default: one per core.")
  Optional<Integer> threads = Optional.empty();

  @Option(
      names = "--base-precision",
      paramLabel = "HOW",
      defaultValue = "fp32",
      description =
          "Products with frozen weights: fp32, or int8 (faster, answers slightly off). Default: ${DEFAULT-VALUE}.")
  BasePrecision basePrecision = BasePrecision.FP32;

  /** For generating with a bundle: its whole context fits the cache. */
  GenerationOptions generation(Bundle bundle) {
    threads.ifPresent(n -> requirePositive("--threads", n));
    GenerationOptions options = GenerationOptions.defaults().withBasePrecision(basePrecision);
    int cells = Math.max(options.maxCells(), bundle.manifest().maxLength());
    GenerationOptions roomy = options.withMaxCells(cells);
    return threads.map(roomy::withThreads).orElse(roomy);
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
