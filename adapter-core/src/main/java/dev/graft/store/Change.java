package dev.graft.store;

import dev.graft.store.model.Names;
import java.nio.charset.StandardCharsets;

/**
 * Who changes the registry, why, and whether really.
 *
 * @param author who; given by the caller, who knows
 * @param note why
 * @param dryRun whether to check and compute everything, and then leave the registry as it was
 */
public record Change(String author, String note, boolean dryRun) {
  private static final int MAX_AUTHOR = 200;
  private static final int MAX_NOTE = 4000;

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
    check("author", author, MAX_AUTHOR);
    check("note", note, MAX_NOTE);
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

  /** Databases take no NUL and no half of a surrogate pair, and a log is read in terminals. */
  private static void check(String what, String text, int max) {
    if (text.length() > max) {
      throw new IllegalArgumentException(
          "%s has %d characters, at most %d are kept".formatted(what, text.length(), max));
    }
    boolean plain =
        text.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t')
            && StandardCharsets.UTF_8.newEncoder().canEncode(text);
    if (!plain) {
      throw new IllegalArgumentException(
          "%s %s has a control character or half of a surrogate pair"
              .formatted(what, Names.quote(text)));
    }
  }
}
