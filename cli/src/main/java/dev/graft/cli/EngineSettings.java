package dev.graft.cli;

import dev.graft.export.Bundle;
import dev.graft.generate.GenerationOptions;
import dev.graft.infer.EngineOptions;
import picocli.CommandLine.Option;

/** How answers to many rows are computed. */
final class EngineSettings extends ComputeSettings {
  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "32",
      description = "Rows per run. Default: ${DEFAULT-VALUE}.")
  int batchSize;

  EngineOptions options() {
    requirePositive("--batch-size", batchSize);
    threads.ifPresent(n -> requirePositive("--threads", n));
    EngineOptions options =
        EngineOptions.defaults().withMaxBatchRows(batchSize).withBasePrecision(basePrecision);
    return threads.map(options::withThreads).orElse(options);
  }

  @Override
  GenerationOptions generation(Bundle bundle) {
    requirePositive("--batch-size", batchSize);
    return super.generation(bundle).withMaxRows(batchSize);
  }
}
