package dev.graft.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What decides every bit of a run: its options and the content of what it reads.
 *
 * @param inputs by name: digests of bundle, data and initial adapter, and the labels
 */
record RunIdentity(TrainingOptions options, Map<String, String> inputs) {
  RunIdentity {
    inputs = Collections.unmodifiableMap(new TreeMap<>(inputs));
  }

  /** How another identity differs from this one, one sentence each; empty if it does not. */
  List<String> differences(RunIdentity other) {
    List<String> found = new ArrayList<>();
    TreeSet<String> names = new TreeSet<>(inputs.keySet());
    names.addAll(other.inputs.keySet());
    for (String name : names) {
      String was = inputs.getOrDefault(name, "absent");
      String is = other.inputs.getOrDefault(name, "absent");
      if (!was.equals(is)) {
        found.add("%s is %s, was %s".formatted(name, is, was));
      }
    }
    found.addAll(TrainingOptionTable.differences(options, other.options));
    return found;
  }
}
