package dev.graft.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What several processes did to one alias, and the check that some order of all the calls explains
 * it: one in which each took effect between its beginning and its end.
 *
 * <p>The alias's revision grows by one with every move, so a call's place in that order is the
 * revision it saw or made. The history is linearizable if the moves made the revisions 1 to n, each
 * once, and no call saw or made a smaller revision than one that had ended before it began.
 */
final class MoveHistory {
  private final List<Call> calls = new ArrayList<>();

  private record Call(boolean won, long start, long end, int revision) {}

  /** Add what a process printed. */
  void add(List<String> lines) {
    for (String line : lines) {
      String[] words = line.split(" ", -1);
      calls.add(
          new Call(
              words[0].equals("won"),
              Long.parseLong(words[1]),
              Long.parseLong(words[2]),
              Integer.parseInt(words[3])));
    }
  }

  int moves() {
    return (int) calls.stream().filter(Call::won).count();
  }

  void assertLinearizable() {
    List<Integer> made = calls.stream().filter(Call::won).map(Call::revision).sorted().toList();
    for (int i = 0; i < made.size(); i++) {
      assertEquals(i + 1, made.get(i), "revisions made: " + made);
    }
    List<Call> byStart = calls.stream().sorted(Comparator.comparingLong(Call::start)).toList();
    for (Call later : byStart) {
      for (Call earlier : byStart) {
        if (earlier.end() < later.start()) {
          // What a move made is newer than whatever was seen before it.
          int least = later.won() ? earlier.revision() + 1 : earlier.revision();
          assertTrue(later.revision() >= least, earlier + " came before " + later);
        }
      }
    }
  }
}
