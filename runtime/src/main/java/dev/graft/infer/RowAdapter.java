package dev.graft.infer;

import dev.graft.ort.NativeTensor;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a row of a batch uses: a resident adapter, or the base as it is.
 *
 * @param name the name the request gave; empty for the base
 */
record RowAdapter(String name, Optional<ResidentAdapter> resident) {

  /** The base model itself. */
  static final RowAdapter BASE = new RowAdapter("", Optional.empty());

  boolean has(String input) {
    return resident.filter(r -> r.tensors().containsKey(input)).isPresent();
  }

  NativeTensor tensor(String input) {
    return resident
        .map(r -> r.tensors().get(input))
        .orElseThrow(() -> new IllegalStateException("no tensor '%s'".formatted(input)));
  }

  int labelCount() {
    return resident.map(ResidentAdapter::labelCount).orElse(0);
  }

  List<String> labels() {
    return resident.map(ResidentAdapter::labels).orElse(List.of());
  }

  Set<String> modules() {
    return resident.map(ResidentAdapter::modules).orElse(Set.of());
  }

  String digest() {
    return resident.map(ResidentAdapter::digest).orElse("");
  }
}
