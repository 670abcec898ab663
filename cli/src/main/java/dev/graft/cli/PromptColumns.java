package dev.graft.cli;

import dev.graft.data.GenerationColumns;
import dev.graft.data.PromptTemplate;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What the columns of a data file for a decoder are called. */
final class PromptColumns {
  @Option(
      names = "--prompt-column",
      paramLabel = "NAME",
      defaultValue = "prompt",
      description =
          "For a decoder: column (or JSON member) with the prompt. Default: ${DEFAULT-VALUE}.")
  String prompt;

  @Option(
      names = "--completion-column",
      paramLabel = "NAME",
      defaultValue = "completion",
      description = "For a decoder: column with what is to follow it. Default: ${DEFAULT-VALUE}.")
  String completion;

  @Option(
      names = "--template",
      paramLabel = "TEXT",
      description =
          "For a decoder: the prompt made of columns, such as '{question}\\n'. Default: the prompt's column as it stands.")
  Optional<String> template = Optional.empty();

  GenerationColumns columns(ColumnOptions others) {
    return new GenerationColumns(
        prompt, completion, others.text, others.adapter, template.map(PromptTemplate::parse));
  }
}
