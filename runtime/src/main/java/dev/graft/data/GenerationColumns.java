package dev.graft.data;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the columns (CSV) or members (JSON) of a file for generation are called.
 *
 * @param prompt the column of the prompt
 * @param completion the column of the text that is to follow it
 * @param text the column of a whole text
 * @param adapter the column of the adapter that is to answer the row
 * @param template how to make the prompt of several columns; none takes the prompt's column as it
 *     stands
 */
public record GenerationColumns(
    String prompt,
    String completion,
    String text,
    String adapter,
    Optional<PromptTemplate> template) {
  private static final GenerationColumns DEFAULTS =
      new GenerationColumns("prompt", "completion", "text", "adapter", Optional.empty());

  public GenerationColumns {
    if (Stream.of(prompt, completion, text, adapter).anyMatch(String::isBlank)) {
      throw new IllegalArgumentException("a column name is blank, expected one such as \"prompt\"");
    }
    if (prompt.equals(completion)) {
      throw new IllegalArgumentException(
          "column \"%s\" is named for both prompt and completion".formatted(prompt));
    }
  }

  /** {@code prompt}, {@code completion}, {@code text} and {@code adapter}, no template. */
  public static GenerationColumns defaults() {
    return DEFAULTS;
  }
}
