package dev.graft.cli;

import dev.graft.store.AdapterStore;
import dev.graft.store.StoreLocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which registry a command works on. */
final class StoreSettings {
  private static final String DEFAULT = ".graft/store";
  private static final String DEFAULT_CACHE = ".graft/cache";

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
      paramLabel = "PLACE",
      description =
          "s3://BUCKET/PREFIX or, with a JDBC URL, a directory that all machines share: where the blobs are, if not in the store's directory. Endpoint, region and credentials of a bucket: AWS_ENDPOINT_URL, AWS_REGION, AWS_PROFILE and the like.")
  Optional<String> blobs = Optional.empty();

  @Option(
      names = "--cache",
      order = 902,
      paramLabel = "DIR",
      description =
          "With a JDBC URL and a bucket: where this machine keeps copies of blobs. Default: GRAFT_CACHE, else ~/.graft/cache.")
  Optional<Path> cache = Optional.empty();

  @Mixin KeySettings keys;

  /** Where the registry is, whether it is there or not. */
  StoreLocation location(CommandContext context) {
    String place =
        store
            .filter(given -> !given.isBlank())
            .orElseGet(() -> home(context).resolve(DEFAULT).toString());
    try {
      return StoreLocation.parse(
          place,
          blobs.filter(given -> !given.isBlank()),
          cache.orElseGet(() -> home(context).resolve(DEFAULT_CACHE)));
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(
          "there is no such registry",
          String.valueOf(e.getMessage()),
          "give --store DIR, or --store jdbc:postgresql://HOST/NAME --blobs DIR, or s3://BUCKET/PREFIX as --blobs of either");
    }
  }

  private static Path home(CommandContext context) {
    String home = context.env().getOrDefault("HOME", "");
    return Path.of(home.isEmpty() ? System.getProperty("user.home", "") : home);
  }

  /** Opens the registry; whoever asks closes it. */
  AdapterStore open(CommandContext context) throws IOException {
    StoreLocation location = location(context);
    if (isNowhere(location)) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "there is no registry",
          location.isRemote()
              ? "'%s' has none".formatted(location)
              : "'%s' does not exist".formatted(location.directory()),
          "make one with 'graft store init', or name another with --store");
    }
    return AdapterStore.open(location, keys.options(location));
  }

  /** Whether there is nothing at all, rather than something that is no registry. */
  private static boolean isNowhere(StoreLocation location) throws IOException {
    return location.isRemote()
        ? !AdapterStore.exists(location)
        : !Files.exists(location.directory());
  }
}
