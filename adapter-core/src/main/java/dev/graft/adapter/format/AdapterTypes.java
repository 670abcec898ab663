package dev.graft.adapter.format;

import dev.graft.adapter.Adapter;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The table of adapter types. */
final class AdapterTypes {
  private static final List<AdapterType> TABLE = List.of(new LoraType(), new PrefixType());

  private AdapterTypes() {}

  static List<AdapterType> all() {
    return TABLE;
  }

  static Optional<AdapterType> named(String peftType) {
    return TABLE.stream().filter(type -> type.peftType().equals(peftType)).findFirst();
  }

  /**
   * The type of an adapter.
   *
   * @throws IllegalArgumentException if the table has no entry for it
   */
  static AdapterType of(Adapter adapter) {
    String name = adapter.config().peftType();
    return named(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "files have no entry for adapters of type " + name + ", only for " + names()));
  }

  /**
   * The types that some tensors of an {@code .onnx_adapter} are of; none where all are saved
   * parameters.
   */
  static List<AdapterType> ofOnnxNames(Set<String> names) {
    return TABLE.stream().filter(type -> names.stream().anyMatch(type::isOnnxName)).toList();
  }

  static List<String> names() {
    return TABLE.stream().map(AdapterType::peftType).toList();
  }
}
