package dev.graft.store;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.format.AdapterFormat;
import dev.graft.adapter.format.AdapterFormatException;
import dev.graft.adapter.format.AdapterFormats;
import dev.graft.adapter.format.GraftJson;
import dev.graft.adapter.format.LoadedAdapter;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.files.AtomicFiles;
import dev.graft.files.DirectoryEntries;
import dev.graft.files.Presence;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.PublishRefusedException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A private copy of what is to be published, so that what was checked is what is stored. Closing it
 * deletes the copy.
 */
final class Staging implements AutoCloseable {
  private static final long MAX_TENSOR_BYTES = 8L << 30;
  private static final long MAX_JSON_BYTES = 64L << 20;
  private static final int CHUNK_BYTES = 1 << 16;
  private static final Set<PosixFilePermission> OWNER_ALONE =
      PosixFilePermissions.fromString("rwx------");

  private final Path root;
  private final LoadedAdapter loaded;

  private Staging(Path root, LoadedAdapter loaded) {
    this.root = root;
    this.loaded = loaded;
  }

  /**
   * Copy and check what a request names.
   *
   * @param parent where the copy is made
   */
  static Staging of(PublishRequest request, Path parent) throws IOException {
    Path root = directoryIn(parent, request.adapter().tenant());
    try {
      LoadedAdapter source =
          request.directory().isPresent()
              ? loadSource(request.directory().get())
              : new LoadedAdapter(request.content().orElseThrow(), List.of());
      GraftRecord record = bound(source.adapter().record(), request);
      Path copy = copyOf(root);
      write(request, source, record, copy);
      return new Staging(root, check(source, copy));
    } catch (IOException | RuntimeException e) {
      AtomicFiles.deleteQuietly(root, e);
      throw e;
    }
  }

  /** What the publisher gives is not the registry's: where it fails, it fails as files do. */
  private static LoadedAdapter loadSource(Path source) throws IOException {
    try {
      return AdapterFormats.load(source, ReadOptions.strict());
    } catch (AdapterFormatException | FileSystemException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(
          "cannot read the adapter %s: %s; check that its disk is sound, then try again"
              .formatted(source, e),
          e);
    }
  }

  /** What fails here but the checks is the disk. */
  private static void write(
      PublishRequest request, LoadedAdapter source, GraftRecord record, Path copy)
      throws IOException {
    refuseNotFinite(source.adapter());
    try {
      if (request.directory().isPresent() && isPeft(request.directory().get())) {
        copyFiles(request.directory().get(), copy);
        if (!record.equals(source.adapter().record())) {
          GraftJson.write(record, copy.resolve(GraftJson.FILE));
        }
      } else {
        new PeftFormat().write(source.adapter().withRecord(record), copy);
      }
    } catch (StoreException | AdapterFormatException e) {
      throw e;
    } catch (IOException e) {
      throw new StoreUnavailableException(
          "cannot copy %s to %s: %s; check that the disk has room, is writable and sound"
              .formatted(request.directory().map(Path::toString).orElse("the adapter"), copy, e),
          e);
    }
  }

  /**
   * A new directory for files of a tenant in the clear, which nobody else may read. No name has a
   * plus, so the ending names the tenant and no other.
   */
  static Path directoryIn(Path parent, String tenant) throws StoreUnavailableException {
    Path directory = parent.resolve("publish-%s+%s".formatted(UUID.randomUUID(), tenant));
    try {
      return parent.getFileSystem().supportedFileAttributeViews().contains("posix")
          ? Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(OWNER_ALONE))
          : Files.createDirectory(directory);
    } catch (IOException e) {
      throw new StoreUnavailableException(
          "cannot write below %s: %s; check that the disk has room and is writable"
              .formatted(parent, e),
          e);
    }
  }

  /** Delete the copies of a tenant that are or were being published. */
  static void sweep(Path parent, String tenant) throws StoreUnavailableException {
    try {
      for (Path entry : DirectoryEntries.of(parent, "*+" + tenant)) {
        AtomicFiles.deleteTree(entry);
      }
      AtomicFiles.forceDirectory(parent);
    } catch (IOException e) {
      throw new StoreUnavailableException(
          "cannot delete copies of tenant \"%s\" below %s: %s; check that it may be written"
              .formatted(tenant, parent, e),
          e);
    }
  }

  private static Path copyOf(Path root) {
    return root.resolve("adapter");
  }

  private static boolean isPeft(Path source) throws IOException {
    AdapterFormat format = AdapterFormats.detect(source);
    return format instanceof PeftFormat;
  }

  private static void refuseNotFinite(Adapter adapter) throws PublishRefusedException {
    if (!adapter.isFinite()) {
      throw new PublishRefusedException(
          "the adapter has a NaN or infinite weight; its training diverged");
    }
  }

  private static GraftRecord bound(GraftRecord record, PublishRequest request)
      throws PublishRefusedException {
    Optional<String> base = agreed("base", record.baseDigest(), request.baseDigest());
    Optional<String> tokenizer =
        agreed("tokenizer", record.tokenizerDigest(), request.tokenizerDigest());
    return record.toBuilder()
        .baseDigest(base.orElse(null))
        .tokenizerDigest(tokenizer.orElse(null))
        .build();
  }

  private static Optional<String> agreed(
      String what, Optional<String> recorded, Optional<String> given)
      throws PublishRefusedException {
    if (given.isEmpty()) {
      return recorded;
    }
    AdapterReference.checkDigest(what + " digest", given.get());
    if (recorded.isPresent() && !recorded.equals(given)) {
      throw new PublishRefusedException(
          "the adapter was trained for %s %s, not for %s as the request says; leave the digest out or take the right adapter"
              .formatted(what, recorded.get(), given.get()));
    }
    return given;
  }

  private static void copyFiles(Path source, Path copy) throws IOException {
    Files.createDirectory(copy);
    for (String name : Manifest.FILES) {
      Path file = source.resolve(name);
      if (Presence.of(file)) {
        copy(file, copy.resolve(name), limit(name));
      }
    }
  }

  /** The most bytes that a file of a name may have. */
  static long limit(String name) {
    return name.equals(PeftFormat.TENSOR_FILE) ? MAX_TENSOR_BYTES : MAX_JSON_BYTES;
  }

  /** A file that grows while it is copied meets the limit as well. */
  private static void copy(Path file, Path target, long limit) throws IOException {
    if (!Presence.ofFile(file)) {
      throw new PublishRefusedException("%s is not a regular file".formatted(file));
    }
    byte[] chunk = new byte[CHUNK_BYTES];
    long size = 0;
    try (InputStream in = Files.newInputStream(file);
        OutputStream out = Files.newOutputStream(target)) {
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        size += count;
        if (size > limit) {
          throw new PublishRefusedException(
              "%s is larger than the %d bytes that are published".formatted(file, limit));
        }
        out.write(chunk, 0, count);
      }
    }
  }

  private static LoadedAdapter check(LoadedAdapter source, Path copy) throws StoreException {
    LoadedAdapter loaded = load(copy);
    if (!loaded.adapter().digest().equals(source.adapter().digest())) {
      throw changed("its copy computes something else");
    }
    return new LoadedAdapter(loaded.adapter(), source.warnings());
  }

  private static PublishRefusedException changed(String sign) {
    return new PublishRefusedException(
        "the adapter changed while it was being published (%s); wait until it is complete, then publish it again"
            .formatted(sign));
  }

  /** It was written just now, and what it was written from could be read. */
  private static LoadedAdapter load(Path copy) throws StoreException {
    try {
      return new PeftFormat().load(copy, ReadOptions.strict());
    } catch (AdapterFormatException e) {
      throw changed(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw unreadable(copy, e);
    }
  }

  private static StoreUnavailableException unreadable(Path copy, IOException reason) {
    return new StoreUnavailableException(
        "cannot read the copy %s again: %s; check that the disk is sound, then try again"
            .formatted(copy, reason),
        reason);
  }

  Adapter adapter() {
    return loaded.adapter();
  }

  List<String> warnings() {
    return loaded.warnings();
  }

  /** The files, in the order of {@link Manifest#FILES}. */
  List<Path> files() throws StoreUnavailableException {
    List<Path> files = new ArrayList<>();
    for (String name : Manifest.FILES) {
      Path file = copyOf(root).resolve(name);
      try {
        if (Presence.of(file)) {
          files.add(file);
        }
      } catch (IOException e) {
        throw unreadable(file, e);
      }
    }
    return files;
  }

  /** What was published stays so, also where the copy cannot be deleted; it is swept later. */
  @Override
  public void close() {
    try {
      AtomicFiles.deleteTree(root);
    } catch (IOException e) {
      return;
    }
  }
}
