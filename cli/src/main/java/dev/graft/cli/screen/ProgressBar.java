package dev.graft.cli.screen;

import java.util.function.Consumer;

/** One line that is drawn again and again. */
final class ProgressBar implements Progress {
  private static final long REDRAW_NANOS = 80_000_000;
  private static final int BAR_WIDTH = 24;
  private static final String START_OF_EMPTY_LINE = "\r\u001b[K";

  private final Consumer<String> sink;
  private final Style style;
  private final int columns;
  private final String title;
  private final long total;
  private final long start = System.nanoTime();
  private long lastDraw;
  private long done;
  private String detail = "";
  private boolean drawn;

  ProgressBar(Consumer<String> sink, Style style, int columns, String title, long total) {
    this.sink = sink;
    this.style = style;
    this.columns = columns;
    this.title = title;
    this.total = Math.max(1, total);
  }

  @Override
  public void step(long stepsDone, String stepDetail) {
    done = Math.min(stepsDone, total);
    detail = stepDetail;
    long now = System.nanoTime();
    if (!drawn || done == total || now - lastDraw >= REDRAW_NANOS) {
      lastDraw = now;
      draw();
    }
  }

  private void draw() {
    int filled = (int) (BAR_WIDTH * done / total);
    String bar =
        style.green((style.unicode() ? "━" : "#").repeat(filled))
            + style.dim((style.unicode() ? "━" : ".").repeat(BAR_WIDTH - filled));
    if (!style.colors() && style.unicode()) {
      bar = "━".repeat(filled) + "╌".repeat(BAR_WIDTH - filled);
    }
    String head = "  %s %s %3d%% ".formatted(title, bar, 100 * done / total);
    String tail = " %s  %s".formatted(detail, timeLeft());
    int room = columns - 1 - Style.width(head);
    if (tail.length() > room) {
      tail = tail.substring(0, Math.max(0, room));
    }
    sink.accept(START_OF_EMPTY_LINE + head + style.dim(tail));
    drawn = true;
  }

  private String timeLeft() {
    double seconds = (System.nanoTime() - start) / 1e9;
    if (done == 0 || done == total || seconds < 1) {
      return "";
    }
    return Quantities.clock(seconds * (total - done) / done) + " left";
  }

  @Override
  public void note(String text) {
    sink.accept((drawn ? START_OF_EMPTY_LINE : "") + text + System.lineSeparator());
    if (drawn) {
      draw();
    }
  }

  @Override
  public void close() {
    if (drawn) {
      sink.accept(START_OF_EMPTY_LINE);
      drawn = false;
    }
  }
}
