package dev.graft.cli;

import dev.graft.store.StoreLocation;
import dev.graft.store.StoreOptions;
import dev.graft.store.keys.KeyDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where the keys of encrypted tenants are. */
final class KeySettings {
  @Option(
      names = "--keys",
      order = 903,
      paramLabel = "DIR",
      description =
          "The directory with the keys of encrypted tenants ('graft keys init'), apart from the registry. Default: GRAFT_KEYS of the environment.")
  Optional<Path> keys = Optional.empty();

  @Option(
      names = "--master-key",
      order = 904,
      paramLabel = "FILE",
      description =
          "Where the master key is, if not in that directory. Default: GRAFT_MASTER_KEY, else DIR/master.key.")
  Optional<Path> masterKey = Optional.empty();

  /** What the registry is opened with. */
  StoreOptions options(StoreLocation location) throws IOException {
    if (keys.isEmpty()) {
      return StoreOptions.defaults();
    }
    requireApart(location.directory(), keys.get());
    return StoreOptions.defaults().keys(KeyDirectory.open(keys.get(), masterKey));
  }

  private static void requireApart(Path registry, Path keys) {
    if (keys.toAbsolutePath().normalize().startsWith(registry.toAbsolutePath().normalize())) {
      throw CommandFailure.usage(
          "the keys are inside the registry",
          "whoever has a backup of '%s' would have the keys as well".formatted(registry),
          "keep the keys in another directory, with backups of its own");
    }
  }

  /** The directory, for commands about the keys themselves. */
  Path required() {
    return keys.orElseThrow(
        () ->
            CommandFailure.usage(
                "no directory of keys is given",
                "--keys and GRAFT_KEYS are missing",
                "give --keys DIR, a directory apart from the registry"));
  }
}
