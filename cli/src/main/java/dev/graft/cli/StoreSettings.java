package dev.graft.cli;

import dev.graft.store.AdapterStore;
import dev.graft.store.StoreLocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which registry a command works on. */
final class StoreSettings {
  private static final String DEFAULT = ".graft/store";

  @Option(
      names = "--store",
      order = 900,
      paramLabel = "PLACE",
      description =
          "The registry: a directory, or the JDBC URL of a PostgreSQL database. Default: GRAFT_STORE of the environment, else ~/.graft/store.")
  Optional<String> store = Optional.empty();

  @Option(
      names = "--blobs",
      order = 901,
      paramLabel = "DIR",
      description = "With a JDBC URL: the directory of the blobs, shared by all machines.")
  Optional<Path> blobs = Optional.empty();

  /** Where the registry is, whether it is there or not. */
  StoreLocation location(CommandContext context) {
    String place =
        store
            .filter(given -> !given.isBlank())
            .orElseGet(() -> home(context).resolve(DEFAULT).toString());
    try {
      return StoreLocation.parse(place, blobs);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(
          "there is no such registry",
          String.valueOf(e.getMessage()),
          "give --store DIR, or --store jdbc:postgresql://HOST/NAME --blobs DIR");
    }
  }

  private static Path home(CommandContext context) {
    String home = context.env().getOrDefault("HOME", "");
    return Path.of(home.isEmpty() ? System.getProperty("user.home", "") : home);
  }

  /** Opens the registry; whoever asks closes it. */
  AdapterStore open(CommandContext context) throws IOException {
    StoreLocation location = location(context);
    if (!AdapterStore.exists(location) && !Files.exists(location.directory())) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "there is no registry",
          "'%s' does not exist".formatted(location.directory()),
          "make one with 'graft store init', or name another with --store");
    }
    return AdapterStore.open(location);
  }
}
