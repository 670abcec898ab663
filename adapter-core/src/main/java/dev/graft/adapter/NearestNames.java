package dev.graft.adapter;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Finds the names a person may have meant. */
public final class NearestNames {
  private NearestNames() {}

  /**
   * The known names nearest to {@code wanted}, nearest first, at most {@code limit} of them.
   *
   * <p>Near means: at most a third of the longer name's letters (and always at least two) must be
   * changed, or one name contains the other. Case does not count.
   */
  public static List<String> of(String wanted, Collection<String> known, int limit) {
    return known.stream()
        .distinct()
        .filter(name -> distance(wanted, name) <= tolerance(wanted, name))
        .sorted(
            Comparator.comparingInt((String name) -> distance(wanted, name))
                .thenComparing(Comparator.naturalOrder()))
        .limit(limit)
        .toList();
  }

  /** {@code did you mean "x" or "y"?}, or an empty text where no known name is near. */
  public static String suggestion(String wanted, Collection<String> known) {
    List<String> near = of(wanted, known, 3);
    return near.isEmpty()
        ? ""
        : near.stream()
            .map("\"%s\""::formatted)
            .collect(Collectors.joining(" or "))
            .transform("did you mean %s?"::formatted);
  }

  private static int tolerance(String wanted, String name) {
    return Math.max(2, Math.max(wanted.length(), name.length()) / 3);
  }

  /**
   * Optimal string alignment distance; 1 where one name contains the other (3 letters at least).
   */
  private static int distance(String one, String other) {
    String a = one.toLowerCase(Locale.ROOT);
    String b = other.toLowerCase(Locale.ROOT);
    if (Math.min(a.length(), b.length()) >= 3 && !a.equals(b) && (a.contains(b) || b.contains(a))) {
      return 1;
    }
    int[] beforeLast = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j - 1], last[j]) + 1, last[j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
        }
      }
      int[] free = beforeLast;
      beforeLast = last;
      last = row;
      row = free;
    }
    return last[b.length()];
  }
}
