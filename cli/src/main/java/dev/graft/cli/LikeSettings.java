package dev.graft.cli;

import dev.graft.store.model.AdapterReference;
import java.util.Optional;
import picocli.CommandLine.Option;

/** {@code --like} of {@code graft train}: once more what a version of the registry was. */
final class LikeSettings {
  @Option(
      names = "--like",
      order = 690,
      paramLabel = "REF",
      converter = RegistryConverters.ReferenceConverter.class,
      description =
          "Train as this version of the registry was trained: its options, where none are given here, on the same data.")
  Optional<AdapterReference> reference = Optional.empty();

  @Option(
      names = "--data-changed",
      order = 691,
      description = "With --like: the data, labels or columns may be others.")
  boolean dataChanged;

  @Option(
      names = "--verify",
      order = 692,
      description =
          "With --like: fail unless the new adapter has the same bytes as the version; so the same machine and number of threads are needed.")
  boolean verify;

  void check() {
    if (reference.isEmpty() && (dataChanged || verify)) {
      throw CommandFailure.usage(
          "there is no version to train like",
          "--data-changed and --verify are about one",
          "add --like REF, or leave them out");
    }
    if (dataChanged && verify) {
      throw CommandFailure.usage(
          "--data-changed and --verify exclude each other",
          "other data does not give the same bytes",
          "leave one of them out");
    }
  }
}
