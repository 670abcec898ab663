package dev.graft.store;

import dev.graft.adapter.format.AdapterFormatException;
import dev.graft.adapter.format.LoadedAdapter;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.files.AtomicFiles;
import dev.graft.signing.VerifyingKey;
import dev.graft.store.index.Index;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import dev.graft.store.model.UntrustedVersionException;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Takes versions out of the store: every byte is hashed on the way. */
final class Checkout {
  private static final long MAX_MANIFEST_BYTES = 1 << 20;

  private final Index index;
  private final Contents contents;
  private final Catalog catalog;
  private final Path temporary;

  Checkout(Index index, Contents contents, Catalog catalog, Path temporary) {
    this.index = index;
    this.contents = contents;
    this.catalog = catalog;
    this.temporary = temporary;
  }

  /**
   * A version that was looked at.
   *
   * @param adapter what it is
   * @param files what was read
   */
  record Inspected(StoredAdapter adapter, List<VersionFile> files) {}

  /**
   * Write a version's files.
   *
   * @param keys one of which must have signed it; none for whatever its tenant wants
   */
  PulledVersion pull(
      AdapterReference reference, Path target, boolean replace, List<VerifyingKey> keys)
      throws IOException {
    Version version = catalog.resolve(reference);
    List<String> warnings = new ArrayList<>();
    try {
      AtomicFiles.writeDirectory(
          target,
          replace,
          directory -> {
            List<VersionFile> files = write(version, directory, catalog::resolve);
            requireSigned(version, files, keys);
            warnings.addAll(trust(version, files));
            return version;
          });
      return new PulledVersion(version, warnings);
    } catch (StoreException | FileSystemException e) {
      throw e;
    } catch (IOException e) {
      // The target is not the registry's: it fails as files do.
      throw new IOException(
          "cannot write %s to %s: %s; check that the disk has room and is writable"
              .formatted(version.reference(), target, e),
          e);
    }
  }

  StoredAdapter load(AdapterReference reference) throws IOException {
    List<String> untrusted = new ArrayList<>();
    Version version = catalog.resolve(reference);
    StoredAdapter read =
        read(version, catalog::resolve, files -> untrusted.addAll(trust(version, files))).adapter();
    List<String> warnings = new ArrayList<>(read.warnings());
    warnings.addAll(untrusted);
    return new StoredAdapter(version, read.adapter(), warnings);
  }

  /** Read a version that is not to be served: blocked or not, and whatever its signatures. */
  Inspected inspect(AdapterReference reference) throws IOException {
    return read(catalog.kept(reference), catalog::kept, files -> {});
  }

  /** The same files that were read, whatever the index says of them now. */
  private List<String> trust(Version version, List<VersionFile> files) throws IOException {
    return index.read(
        "verify the signatures of " + version.reference(),
        session -> Trust.require(session, version, files));
  }

  private void requireSigned(Version version, List<VersionFile> files, List<VerifyingKey> keys)
      throws IOException {
    if (keys.isEmpty()) {
      return;
    }
    SignatureReport report =
        index.read(
            "verify the signatures of " + version.reference(),
            session -> Trust.report(session, version, files, keys));
    if (!report.isTrusted()) {
      throw new UntrustedVersionException(
          "%s is not signed by a key that was given: %s; nothing was written; sign it, or give the key that did"
              .formatted(version.reference(), report.summary()));
    }
  }

  /** Looks at the copies of a version's files before anything in them is read. */
  private interface Gate {
    void check(List<VersionFile> files) throws IOException;
  }

  private Inspected read(Version version, Lookup lookup, Gate gate) throws IOException {
    Path root = workspace(version.adapter().tenant());
    try {
      List<VersionFile> files = copy(version, root, lookup);
      gate.check(files);
      LoadedAdapter loaded = open(version, root);
      if (!loaded.adapter().digest().equals(version.digest())) {
        throw new DamagedStoreException(
            "%s computes %s, but the index says %s; run fsck"
                .formatted(version.reference(), loaded.adapter().digest(), version.digest()));
      }
      return new Inspected(new StoredAdapter(version, loaded.adapter(), loaded.warnings()), files);
    } finally {
      drop(root);
    }
  }

  private List<VersionFile> copy(Version version, Path root, Lookup lookup) throws IOException {
    try {
      return write(version, root, lookup);
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw unavailable(version, root, e);
    }
  }

  private static LoadedAdapter open(Version version, Path root) throws StoreException {
    try {
      return new PeftFormat().load(root, ReadOptions.strict());
    } catch (AdapterFormatException e) {
      throw new DamagedStoreException(
          "%s has the bytes that were published, but cannot be opened: %s; publish it again"
              .formatted(version.reference(), e.getMessage()),
          e);
    } catch (IOException e) {
      throw unavailable(version, root, e);
    }
  }

  private static StoreUnavailableException unavailable(
      Version version, Path root, IOException problem) {
    return new StoreUnavailableException(
        "cannot copy %s to %s to open it: %s; check that the disk has room, is writable and sound"
            .formatted(version.reference(), root, problem),
        problem);
  }

  /** Where erasing the tenant sweeps; a registry that may only be read has no such place. */
  private Path workspace(String tenant) throws StoreUnavailableException {
    try {
      return Staging.directoryIn(temporary, tenant);
    } catch (StoreUnavailableException e) {
      try {
        return Files.createTempDirectory("graft-load");
      } catch (IOException other) {
        e.addSuppressed(other);
        throw e;
      }
    }
  }

  /** What was read stays so, also where the copy cannot be deleted; it is swept later. */
  private static void drop(Path root) {
    try {
      AtomicFiles.deleteTree(root);
    } catch (IOException e) {
      return;
    }
  }

  /** One file of a version, into memory; the name is one of {@link Manifest#FILES}. */
  byte[] bytes(Version version, String name) throws IOException {
    VersionFile file =
        files(version).stream()
            .filter(candidate -> candidate.name().equals(name))
            .findFirst()
            .orElseThrow(() -> bad(version, "it has no " + name));
    return contents.bytes(version.adapter().tenant(), file);
  }

  private List<VersionFile> files(Version version) throws IOException {
    return index.lookUp("open " + version.reference(), session -> session.files().of(version));
  }

  /** Finds a version again, or says why it may not be read any more. */
  private interface Lookup {
    Version find(AdapterReference reference) throws IOException;
  }

  private List<VersionFile> write(Version version, Path directory, Lookup lookup)
      throws IOException {
    List<VersionFile> files = files(version);
    try {
      write(version, files, directory);
      return files;
    } catch (DamagedStoreException e) {
      // Deleting and collecting the version meanwhile is no damage, nor is giving it another key.
      lookup.find(version.reference());
      List<VersionFile> now = files(version);
      if (now.equals(files)) {
        throw e;
      }
      write(version, now, directory);
      return now;
    }
  }

  private void write(Version version, List<VersionFile> files, Path directory) throws IOException {
    requireManifest(version, files);
    for (VersionFile file : files) {
      if (!file.name().equals(Manifest.FILE)) {
        write(version, file, directory);
      }
    }
  }

  private void requireManifest(Version version, List<VersionFile> files) throws IOException {
    VersionFile manifest =
        files.stream()
            .filter(file -> file.name().equals(Manifest.FILE))
            .findFirst()
            .orElseThrow(() -> bad(version, "it has no manifest"));
    if (!manifest.digest().equals(version.manifest())
        || manifest.sizeBytes() > MAX_MANIFEST_BYTES) {
      throw bad(version, "its manifest is another one");
    }
    byte[] bytes = contents.bytes(version.adapter().tenant(), manifest);
    List<VersionFile> others = files.stream().filter(file -> !file.equals(manifest)).toList();
    if (!Manifest.lists(bytes, others)) {
      throw bad(version, "its manifest lists other files");
    }
  }

  private static DamagedStoreException bad(Version version, String problem) {
    return new DamagedStoreException(
        "the index of %s is damaged: %s; run fsck".formatted(version.reference(), problem));
  }

  /** The name becomes a path, so it must be one of those we know. */
  private void write(Version version, VersionFile file, Path directory) throws IOException {
    if (!Manifest.FILES.contains(file.name())) {
      throw new DamagedStoreException(
          "the index names a file \"%.80s\"; versions have only %s; run fsck"
              .formatted(file.name(), Manifest.FILES));
    }
    try (FileChannel channel =
        FileChannel.open(
            directory.resolve(file.name()),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      contents.read(
          version.adapter().tenant(), file, part -> AtomicFiles.writeFully(channel, part));
    }
  }
}
