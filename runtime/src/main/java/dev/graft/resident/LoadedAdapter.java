package dev.graft.resident;

import java.util.List;

/**
 * What loading an adapter gave.
 *
 * @param digest the identity of its content
 * @param labels the labels of its head; empty without one
 * @param modules how many modules it changes
 * @param virtualTokens tokens of its prefix; 0 without one
 * @param sizeBytes native memory it takes
 */
public record LoadedAdapter(
    String name,
    String digest,
    List<String> labels,
    int modules,
    int virtualTokens,
    long sizeBytes) {
  public LoadedAdapter {
    labels = List.copyOf(labels);
  }
}
