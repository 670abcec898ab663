package dev.graft.merge;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a merge did.
 *
 * @param model the merged {@code .onnx}
 * @param maxAbsDiff per output, the largest difference between merged model and adapter path on the
 *     probes
 * @param probes the number of texts compared
 * @param labelChanges probes whose most probable label changed
 * @param sizeBytes of the merged model's files
 * @param baseSizeBytes of the bundle's weights
 */
public record MergeReport(
    Path model,
    MergeOptions.Precision precision,
    Map<String, Double> maxAbsDiff,
    int probes,
    int labelChanges,
    long sizeBytes,
    long baseSizeBytes) {
  public MergeReport {
    maxAbsDiff = Collections.unmodifiableMap(new TreeMap<>(maxAbsDiff));
  }

  /** The largest of {@link #maxAbsDiff()}. */
  public double largestDifference() {
    return maxAbsDiff.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
  }
}
