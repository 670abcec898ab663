package dev.graft.infer;

import java.util.List;

/**
 * What loading an adapter gave.
 *
 * @param digest the identity of its content
 * @param labels the labels of its head; empty without one
 * @param modules how many modules it changes
 * @param sizeBytes native memory it takes
 */
public record LoadedAdapter(
    String name, String digest, List<String> labels, int modules, long sizeBytes) {
  public LoadedAdapter {
    labels = List.copyOf(labels);
  }
}
