package dev.graft.cli.screen;

import java.util.function.Consumer;

/** Progress in a log: a line at the first step, at the last, and every few seconds between. */
final class ProgressLines implements Progress {
  private static final long PAUSE_NANOS = 10_000_000_000L;

  private final Consumer<String> sink;
  private final String title;
  private final long total;
  private long lastLine;
  private long lastDone = -1;

  ProgressLines(Consumer<String> sink, String title, long total) {
    this.sink = sink;
    this.title = title.strip();
    this.total = total;
  }

  @Override
  public void step(long done, String detail) {
    long now = System.nanoTime();
    boolean first = lastDone < 0;
    boolean last = done == total && lastDone != total;
    if (first || last || now - lastLine >= PAUSE_NANOS) {
      lastLine = now;
      lastDone = done;
      note("%s %d/%d  %s".formatted(title, done, total, detail).strip());
    }
  }

  @Override
  public void note(String text) {
    sink.accept(text + System.lineSeparator());
  }

  @Override
  public void close() {}
}
