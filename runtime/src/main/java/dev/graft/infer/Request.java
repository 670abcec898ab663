package dev.graft.infer;

import java.util.Optional;

/**
 * One text to answer.
 *
 * @param adapter the name of a loaded adapter; the base model where absent
 */
public record Request(String text, Optional<String> adapter) {

  public static Request of(String text, String adapter) {
    return new Request(text, Optional.of(adapter));
  }

  /** A request to the base model. */
  public static Request ofBase(String text) {
    return new Request(text, Optional.empty());
  }
}
