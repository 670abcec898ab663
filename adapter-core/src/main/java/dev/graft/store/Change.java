package dev.graft.store;

import dev.graft.store.model.Texts;

/**
 * Who changes the registry, why, and whether really.
 *
 * @param author who; given by the caller, who knows
 * @param note why
 * @param dryRun whether to check and compute everything, and then leave the registry as it was
 */
public record Change(String author, String note, boolean dryRun) {
  /**
   * Check the texts.
   *
   * @throws IllegalArgumentException if the author is blank, or a text is too long or has control
   *     characters
   */
  public Change {
    if (author.isBlank()) {
      throw new IllegalArgumentException("a change needs an author");
    }
    Texts.check("author", author, Texts.MAX_AUTHOR);
    Texts.check("note", note, Texts.MAX_NOTE);
  }

  /** A change without a note. */
  public static Change by(String author) {
    return new Change(author, "", false);
  }

  /** This change with a note. */
  public Change note(String text) {
    return new Change(author, text, dryRun);
  }

  /** This change, tried only. */
  public Change dry() {
    return new Change(author, note, true);
  }
}
