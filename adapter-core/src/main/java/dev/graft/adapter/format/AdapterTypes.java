package dev.graft.adapter.format;

import java.util.List;
import java.util.Optional;

/** The table of adapter types. */
final class AdapterTypes {
  private static final List<AdapterType> TABLE = List.of(new LoraType());

  private AdapterTypes() {}

  static Optional<AdapterType> named(String peftType) {
    return TABLE.stream().filter(type -> type.peftType().equals(peftType)).findFirst();
  }

  static List<String> names() {
    return TABLE.stream().map(AdapterType::peftType).toList();
  }
}
