package dev.graft.store;

import dev.graft.store.blob.BlobStore;
import dev.graft.store.blob.Bucket;
import dev.graft.store.blob.Buckets;
import dev.graft.store.blob.DirectoryBlobStore;
import dev.graft.store.model.StoreException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a registry is.
 *
 * @param directory what is on the disk: unfinished files; unless there is a database, the index;
 *     the blobs or, where they are in a bucket, copies of some
 * @param database JDBC URL of the PostgreSQL database with the index; it may contain a password
 * @param bucket where the blobs are, if not in the directory
 */
public record StoreLocation(Path directory, Optional<String> database, Optional<Bucket> bucket) {
  private static final String POSTGRES = "jdbc:postgresql:";
  private static final String OTHER_SCHEME = "://";

  /** Check the URL, and that the directory can be part of one. */
  public StoreLocation {
    if (directory.toString().indexOf('?') >= 0) {
      throw new IllegalArgumentException(
          "a registry's directory must have no question mark in its name, found " + directory);
    }
    if (database.isPresent()) {
      checkUrl(database.get());
    }
  }

  /** The message has nothing of the URL, which may contain a password. */
  private static void checkUrl(String url) {
    if (!url.startsWith(POSTGRES)) {
      throw new IllegalArgumentException(
          "a registry's database is PostgreSQL, with a URL that starts with %s; for SQLite give a directory"
              .formatted(POSTGRES));
    }
    if (beforeOptions(url).indexOf('@') >= 0) {
      throw new IllegalArgumentException(
          "a JDBC URL has no user before its host; write %s//HOST/NAME?user=USER&password=PASSWORD"
              .formatted(POSTGRES));
    }
  }

  private static String beforeOptions(String url) {
    int query = url.indexOf('?');
    return query < 0 ? url : url.substring(0, query);
  }

  /** A directory that holds everything, for the processes of one machine. */
  public static StoreLocation directory(Path directory) {
    return new StoreLocation(directory, Optional.empty(), Optional.empty());
  }

  /** A PostgreSQL database with the index, and a directory that all its machines share. */
  public static StoreLocation postgres(String url, Path blobs) {
    return new StoreLocation(blobs, Optional.of(url), Optional.empty());
  }

  /** The same with its blobs in a bucket; of the directory, each machine has its own then. */
  public StoreLocation withBlobsIn(Bucket place) {
    return new StoreLocation(directory, database, Optional.of(place));
  }

  /**
   * Read what a person gives: a directory, or a JDBC URL together with a place for the blobs.
   *
   * @param blobs a directory, or {@code s3://BUCKET/PREFIX}
   * @param caches where to make a directory for what a machine keeps of a registry in a database
   *     and a bucket
   * @throws IllegalArgumentException if one of the two is missing, too many or wrong
   */
  public static StoreLocation parse(String store, Optional<String> blobs, Path caches) {
    Optional<Bucket> bucket = blobs.filter(StoreLocation::isUrl).map(Bucket::parse);
    if (!store.startsWith("jdbc:")) {
      if (store.contains(OTHER_SCHEME)) {
        throw new IllegalArgumentException(
            "a registry is a directory or a JDBC URL, which starts with %s; a bucket goes into the place for the blobs"
                .formatted(POSTGRES));
      }
      if (blobs.isPresent() && bucket.isEmpty()) {
        throw new IllegalArgumentException(
            "a registry in a directory keeps its blobs there or in a bucket, s3://BUCKET/PREFIX; a directory for blobs goes with a JDBC URL");
      }
      return new StoreLocation(Path.of(store), Optional.empty(), bucket);
    }
    if (bucket.isPresent()) {
      Path local = caches.resolve(bucket.get().folderName());
      return new StoreLocation(local, Optional.of(store), bucket);
    }
    return postgres(
        store,
        Path.of(
            blobs.orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "a registry in a database needs a directory or a bucket for its blobs beside the JDBC URL"))));
  }

  /** {@code s3:/x} is meant to be a bucket, too, and refused as one. */
  private static boolean isUrl(String blobs) {
    return blobs.contains(OTHER_SCHEME) || blobs.regionMatches(true, 0, "s3:", 0, 3);
  }

  /** Whether all of the registry is elsewhere, and the directory is one machine's alone. */
  public boolean isRemote() {
    return database.isPresent() && bucket.isPresent();
  }

  /** The blobs; whoever asks closes them. */
  BlobStore openBlobs() throws StoreException {
    return bucket.isPresent()
        ? Buckets.open(bucket.get(), directory)
        : DirectoryBlobStore.in(directory);
  }

  /** For people, without what follows the database's name in a URL. */
  @Override
  public String toString() {
    String blobs = bucket.map(Bucket::toString).orElse(directory.toString());
    String index = database.map(StoreLocation::beforeOptions).orElse(directory.toString());
    return index.equals(blobs) ? index : "%s with blobs in %s".formatted(index, blobs);
  }
}
