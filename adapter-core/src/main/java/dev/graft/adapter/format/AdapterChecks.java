package dev.graft.adapter.format;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.AdapterWeights;
import dev.graft.adapter.FloatTensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The checks that every format makes on an adapter before it hands it out or writes it. */
final class AdapterChecks {
  private AdapterChecks() {}

  static void onRead(Path path, Adapter adapter, ReadOptions options, List<String> warnings)
      throws AdapterFormatException {
    if (!options.allowIneffective() && !adapter.isEffective()) {
      throw new AdapterFormatException(
          path,
          "",
          "the adapter is ineffective: %s; it was saved untrained or damaged"
              .formatted(idleParts(adapter.weights())));
    }
    if (adapter.weights().idlePartCount() > 0 && adapter.isEffective()) {
      warnings.add(idleParts(adapter.weights()));
    }
  }

  private static String idleParts(AdapterWeights weights) {
    return "%d of %d %s have %s"
        .formatted(
            weights.idlePartCount(),
            weights.partCount(),
            weights.partName(),
            weights.idleMeaning());
  }

  /** Name the first tensor with a value that is NaN or infinite. */
  static void requireFinite(Path path, Map<String, FloatTensor> tensors)
      throws AdapterFormatException {
    for (Map.Entry<String, FloatTensor> entry : tensors.entrySet()) {
      if (!entry.getValue().isFinite()) {
        throw new AdapterFormatException(
            path, "/" + entry.getKey(), "has a NaN or infinite value; the training diverged");
      }
    }
  }

  static void onWrite(Adapter adapter) {
    if (!adapter.isFinite()) {
      throw new IllegalArgumentException(
          "the adapter has a NaN or infinite weight and is not written");
    }
  }
}
