package dev.graft.text;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Find the known names that a mistyped one was probably meant to be. */
public final class NearestNames {
  private static final int LIMIT = 3;
  private static final int MAX_LENGTH = 256;

  private NearestNames() {}

  /**
   * List at most three names near {@code wrong}, nearest first.
   *
   * <p>Near means: equal but for case, or at most a third of the longer name's characters edited,
   * or one contains the other.
   */
  public static List<String> of(String wrong, Collection<String> known) {
    String sought = fold(wrong);
    return known.stream()
        .distinct()
        .filter(name -> name.length() <= MAX_LENGTH)
        .map(name -> Map.entry(name, score(sought, fold(name))))
        .filter(entry -> entry.getValue() < Integer.MAX_VALUE)
        .sorted(
            Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
        .limit(LIMIT)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Return {@code ; did you mean "a" or "b"?}, or an empty string when no name is near. */
  public static String hint(String wrong, Collection<String> known) {
    List<String> near = of(wrong, known);
    return near.isEmpty() ? "" : "; did you mean " + quoted(near, " or ") + "?";
  }

  /** List names for a message, in order, quoted; what exceeds twenty is counted. */
  public static String list(Collection<String> names) {
    int shown = 20;
    if (names.isEmpty()) {
      return "none";
    }
    String head = quoted(names.stream().limit(shown).toList(), ", ");
    return names.size() <= shown ? head : head + " and " + (names.size() - shown) + " more";
  }

  private static String quoted(List<String> names, String separator) {
    return names.stream().map(name -> '"' + name + '"').collect(Collectors.joining(separator));
  }

  private static String fold(String name) {
    return name.substring(0, Math.min(name.length(), MAX_LENGTH)).toLowerCase(Locale.ROOT);
  }

  private static int score(String sought, String name) {
    int distance = editDistance(sought, name);
    if (distance * 3 <= Math.max(sought.length(), name.length())) {
      return distance;
    }
    boolean contained =
        sought.length() > 2
            && name.length() > 2
            && (name.contains(sought) || sought.contains(name));
    return contained ? distance + MAX_LENGTH : Integer.MAX_VALUE;
  }

  /**
   * Edits that turn one into the other: insert, delete, replace, or swap neighbours (optimal string
   * alignment).
   */
  private static int editDistance(String a, String b) {
    int[][] distance = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      distance[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      distance[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int replaced = distance[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int best = Math.min(replaced, Math.min(distance[i - 1][j], distance[i][j - 1]) + 1);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        distance[i][j] = swapped ? Math.min(best, distance[i - 2][j - 2] + 1) : best;
      }
    }
    return distance[a.length()][b.length()];
  }
}
