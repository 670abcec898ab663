package dev.graft.resident;

import dev.graft.ort.NativeTensor;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a row of a batch uses: a resident adapter that is leased to it, or the base as it is.
 *
 * @param name the name the request gave; empty for the base
 */
public record RowAdapter(String name, Optional<ResidentAdapter> resident) {

  /** The base model itself. */
  public static final RowAdapter BASE = new RowAdapter("", Optional.empty());

  /** Gives the lease back; a base without a head has none. */
  public void release() {
    resident.ifPresent(ResidentAdapter::release);
  }

  boolean has(String input) {
    return resident.filter(r -> r.tensors().containsKey(input)).isPresent();
  }

  /**
   * One of the adapter's tensors.
   *
   * @throws IllegalStateException if it has none for the graph input
   */
  public NativeTensor tensor(String input) {
    return resident
        .map(r -> r.tensors().get(input))
        .orElseThrow(() -> new IllegalStateException("no tensor '%s'".formatted(input)));
  }

  /** How many labels the head has; 0 without one. */
  public int labelCount() {
    return resident.map(ResidentAdapter::labelCount).orElse(0);
  }

  /** The labels of the head; empty without one. */
  public List<String> labels() {
    return resident.map(ResidentAdapter::labels).orElse(List.of());
  }

  /** The modules whose slots the adapter fills. */
  public Set<String> modules() {
    return resident.map(ResidentAdapter::modules).orElse(Set.of());
  }

  /** Tokens of the prefix; 0 without one. */
  public int virtualTokens() {
    return resident.map(ResidentAdapter::virtualTokens).orElse(0);
  }

  /** The identity of the adapter's content; empty for the base. */
  public String digest() {
    return resident.map(ResidentAdapter::digest).orElse("");
  }
}
