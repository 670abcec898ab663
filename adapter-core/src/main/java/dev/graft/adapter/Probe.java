package dev.graft.adapter;

import java.util.List;

/**
 * An input with the outputs its trainer saw, kept to check that an adapter still does the same
 * after a journey.
 *
 * @param text the input
 * @param base the output without the adapter; empty where the base has no such output
 * @param adapter the output with the adapter
 */
public record Probe(String text, List<Float> base, List<Float> adapter) {
  /**
   * Check and copy.
   *
   * @throws IllegalArgumentException if an expected value is NaN or infinite
   */
  public Probe {
    base = List.copyOf(base);
    adapter = List.copyOf(adapter);
    checkFinite("base", base);
    checkFinite("adapter", adapter);
  }

  private static void checkFinite(String which, List<Float> values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(
            "a probe's %s output must be finite, found %s".formatted(which, value));
      }
    }
  }
}
