package dev.graft.text;

import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** Name, in a message, the known names that a mistyped one was probably meant to be. */
public final class NearestNames {
  private static final int SHOWN = 20;

  private NearestNames() {}

  /** Return {@code ; did you mean "a" or "b"?}, or an empty string when no name is near. */
  public static String hint(String wrong, Collection<String> known) {
    String suggestion = dev.graft.adapter.NearestNames.suggestion(wrong, known);
    return suggestion.isEmpty() ? "" : "; " + suggestion;
  }

  /** List names for a message, in order, quoted; what exceeds twenty is counted. */
  public static String list(Collection<String> names) {
    if (names.isEmpty()) {
      return "none";
    }
    List<String> head = names.stream().limit(SHOWN).toList();
    String text = head.stream().map("\"%s\""::formatted).collect(Collectors.joining(", "));
    return names.size() <= SHOWN ? text : "%s and %d more".formatted(text, names.size() - SHOWN);
  }
}
