package dev.graft.store;

import dev.graft.adapter.format.AdapterFormats;
import dev.graft.adapter.format.LoadedAdapter;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.files.AtomicFiles;
import dev.graft.store.index.Index;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
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

  PulledVersion pull(AdapterReference reference, Path target, boolean replace) throws IOException {
    Version version = catalog.resolve(reference);
    List<String> warnings = new ArrayList<>();
    AtomicFiles.writeDirectory(
        target,
        replace,
        directory -> {
          warnings.addAll(trust(version, write(version, directory, catalog::resolve)));
          return version;
        });
    return new PulledVersion(version, warnings);
  }

  StoredAdapter load(AdapterReference reference) throws IOException {
    Inspected read = read(catalog.resolve(reference), catalog::resolve);
    List<String> warnings = new ArrayList<>(read.adapter().warnings());
    warnings.addAll(trust(read.adapter().version(), read.files()));
    return new StoredAdapter(read.adapter().version(), read.adapter().adapter(), warnings);
  }

  /** Read a version that is not to be served: blocked or not, and whatever its signatures. */
  Inspected inspect(AdapterReference reference) throws IOException {
    return read(catalog.kept(reference), catalog::kept);
  }

  /** The same files that were read, whatever the index says of them now. */
  private List<String> trust(Version version, List<VersionFile> files) throws IOException {
    return index.read(
        "verify the signatures of " + version.reference(),
        session -> Trust.require(session, version, files));
  }

  private Inspected read(Version version, Lookup lookup) throws IOException {
    Path root = workspace(version.adapter().tenant());
    try {
      List<VersionFile> files = write(version, root, lookup);
      LoadedAdapter loaded = AdapterFormats.load(root, ReadOptions.strict());
      if (!loaded.adapter().digest().equals(version.digest())) {
        throw new DamagedStoreException(
            "%s computes %s, but the index says %s; run fsck"
                .formatted(version.reference(), loaded.adapter().digest(), version.digest()));
      }
      return new Inspected(new StoredAdapter(version, loaded.adapter(), loaded.warnings()), files);
    } finally {
      AtomicFiles.deleteTree(root);
    }
  }

  /** Where erasing the tenant sweeps; a registry that may only be read has no such place. */
  private Path workspace(String tenant) throws IOException {
    try {
      return Staging.directoryIn(temporary, tenant);
    } catch (StoreUnavailableException e) {
      return Files.createTempDirectory("graft-load");
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
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(
          "cannot write %s of %s to %s: %s"
              .formatted(file.name(), version.reference(), directory, e),
          e);
    }
  }
}
