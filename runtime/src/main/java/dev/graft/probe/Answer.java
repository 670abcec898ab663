package dev.graft.probe;

import java.util.ArrayList;
import java.util.List;

/**
 * What a text gives without and with an adapter.
 *
 * @param base the output without it: the vector of an encoder, the next token's logits of a decoder
 * @param changed the same output with it
 * @param output the logits of the adapter; empty where it or the bundle has no head
 */
record Answer(List<Float> base, List<Float> changed, List<Float> output) {
  Answer {
    base = List.copyOf(base);
    changed = List.copyOf(changed);
    output = List.copyOf(output);
  }

  static List<Float> list(float[] values) {
    List<Float> list = new ArrayList<>(values.length);
    for (float value : values) {
      list.add(value);
    }
    return list;
  }

  boolean isFinite() {
    return isFinite(changed) && isFinite(output);
  }

  private static boolean isFinite(List<Float> values) {
    return values.stream().allMatch(Float::isFinite);
  }
}
