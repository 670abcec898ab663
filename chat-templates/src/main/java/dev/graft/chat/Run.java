package dev.graft.chat;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** One rendering: what it may still use, and what it marked. */
final class Run {
  private static final long MOST_STEPS = 20_000_000;
  private static final long MOST_CHARACTERS = 64L << 20;
  private static final int MOST_CALLS = 64;
  private static final long MOST_NANOS = 2_000_000_000L;

  private final Clock clock;
  private final long started = System.nanoTime();
  private final Output output = new Output(this);
  private final List<Span> generated = new ArrayList<>();
  private long steps;
  private long characters;
  private int calls;

  Run(Clock clock) {
    this.clock = clock;
  }

  Clock clock() {
    return clock;
  }

  /** Where the rendered text goes, unless a block collects it. */
  Output output() {
    return output;
  }

  List<Span> generated() {
    return generated;
  }

  void step() {
    steps(1);
  }

  /** Count work; every now and then look at the clock. */
  void steps(long count) {
    long before = steps >> 8;
    steps += Math.max(0, count);
    if (steps > MOST_STEPS) {
      throw new Fault(
          "more than %d steps, the template is refused as one that may never end"
              .formatted(MOST_STEPS));
    }
    if (steps >> 8 != before && System.nanoTime() - started > MOST_NANOS) {
      throw new Fault("more than 2 seconds, the template is refused as one that may never end");
    }
  }

  /** Count text, or elements of lists, before they are made. */
  void take(long count) {
    characters += count;
    if (characters > MOST_CHARACTERS || characters < 0) {
      throw new Fault(
          "more than %d characters are put together, which is over the limit"
              .formatted(MOST_CHARACTERS));
    }
  }

  /** Count the characters of a text that was made. */
  String taken(String text) {
    take(text.length());
    return text;
  }

  /** Count the elements of a list that was made. */
  List<Object> taken(List<Object> list) {
    take(8L * list.size());
    return list;
  }

  /** Looking for a text in another can take as long as both together are big. */
  void search(String in, String what) {
    steps((long) in.length() * (what.length() + 1L) / 4096);
  }

  void enter() {
    if (++calls > MOST_CALLS) {
      throw new Fault("macros call each other more than %d deep".formatted(MOST_CALLS));
    }
  }

  void leave() {
    calls--;
  }
}
