package dev.graft.store;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a registry is.
 *
 * @param directory the blobs and, unless there is a database, the index as well
 * @param database JDBC URL of the PostgreSQL database with the index; it may contain a password
 */
public record StoreLocation(Path directory, Optional<String> database) {
  private static final String POSTGRES = "jdbc:postgresql:";

  /** Check the URL, and that the directory can be part of one. */
  public StoreLocation {
    if (directory.toString().indexOf('?') >= 0) {
      throw new IllegalArgumentException(
          "a registry's directory must have no question mark in its name, found " + directory);
    }
    if (database.isPresent() && !database.get().startsWith(POSTGRES)) {
      throw new IllegalArgumentException(
          "a registry's database is PostgreSQL, with a URL that starts with %s; for SQLite give a directory"
              .formatted(POSTGRES));
    }
  }

  /** A directory that holds everything, for the processes of one machine. */
  public static StoreLocation directory(Path directory) {
    return new StoreLocation(directory, Optional.empty());
  }

  /** A PostgreSQL database with the index, and a directory that all its machines share. */
  public static StoreLocation postgres(String url, Path blobs) {
    return new StoreLocation(blobs, Optional.of(url));
  }

  /**
   * Read what a person gives: a directory, or a JDBC URL together with a directory for the blobs.
   *
   * @throws IllegalArgumentException if one of the two is missing or too many
   */
  public static StoreLocation parse(String store, Optional<Path> blobs) {
    if (!store.startsWith("jdbc:")) {
      if (blobs.isPresent()) {
        throw new IllegalArgumentException(
            "a registry in a directory keeps its blobs there; a directory for blobs goes with a"
                + " JDBC URL");
      }
      return directory(Path.of(store));
    }
    return postgres(
        store,
        blobs.orElseThrow(
            () ->
                new IllegalArgumentException(
                    "a registry in a database needs a directory for its blobs beside the JDBC"
                        + " URL")));
  }

  /** For people, without what follows the database's name in a URL. */
  @Override
  public String toString() {
    return database
        .map(url -> "%s with blobs in %s".formatted(url.replaceFirst("\\?.*", ""), directory))
        .orElse(directory.toString());
  }
}
