package dev.graft.cli.screen;

import java.util.Locale;

/** Times and sizes as people read them. */
public final class Quantities {
  private Quantities() {}

  /** {@code 0:07}, {@code 12:30}, {@code 1:02:03}. */
  public static String clock(double seconds) {
    long whole = Math.round(seconds);
    return whole < 3600
        ? "%d:%02d".formatted(whole / 60, whole % 60)
        : "%d:%02d:%02d".formatted(whole / 3600, whole / 60 % 60, whole % 60);
  }

  /** {@code 85 ms}, {@code 3.2 s}, {@code 2 min 5 s}; three digits or so at every size. */
  public static String human(double seconds) {
    if (seconds < 1e-3) {
      return String.format(Locale.ROOT, "%.1f µs", seconds * 1e6);
    }
    if (seconds < 1) {
      return String.format(Locale.ROOT, seconds < 1e-2 ? "%.1f ms" : "%.0f ms", seconds * 1e3);
    }
    if (seconds < 60) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    return "%d min %d s".formatted(whole / 60, whole % 60);
  }

  /** {@code 812 B}, {@code 4.5 KiB}, {@code 86.1 MiB}. */
  public static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double size = bytes;
    String[] units = {"KiB", "MiB", "GiB", "TiB"};
    int unit = -1;
    while (size >= 1024 && unit < units.length - 1) {
      size /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", size, units[unit]);
  }
}
