package dev.graft.cli;

import dev.graft.data.ExampleEncoder;
import picocli.CommandLine.Option;

/** Which tokens of a decoder's data count. */
final class LossOption {
  @Option(
      names = "--loss-on",
      paramLabel = "WHAT",
      defaultValue = "answers",
      description =
          "For a decoder: learn answers (completions, the assistant's messages) or all tokens. Default: ${DEFAULT-VALUE}.")
  ExampleEncoder.Loss loss;
}
