package dev.graft.store;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.format.AdapterFormatException;
import dev.graft.adapter.format.LoadedAdapter;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.files.AtomicFiles;
import dev.graft.files.Digests;
import dev.graft.store.archive.ArchiveReader;
import dev.graft.store.archive.ArchivedVersion;
import dev.graft.store.archive.ArchivedVersion.ArchivedFile;
import dev.graft.store.check.AdapterFacts;
import dev.graft.store.model.Names;
import dev.graft.store.model.PublishRefusedException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import dev.graft.store.model.VersionFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Checks that every version of an archive is one that could have been published: it reads its
 * adapter from a private copy, and compares it with all that the archive says of it.
 */
final class ImportCheck {
  private static final int CHUNK_BYTES = 1 << 18;

  private final ArchiveReader archive;
  private final Path temporary;
  private final String tenant;
  private final List<String> warnings = new ArrayList<>();

  private ImportCheck(ArchiveReader archive, Path temporary, String tenant) {
    this.archive = archive;
    this.temporary = temporary;
    this.tenant = tenant;
  }

  /**
   * Check all versions.
   *
   * @param temporary where copies are made
   * @param tenant whose they will be
   * @return what readers let pass
   * @throws PublishRefusedException if publishing would refuse one, or it is not what the archive
   *     says of it
   */
  static List<String> run(ArchiveReader archive, Path temporary, String tenant) throws IOException {
    ImportCheck check = new ImportCheck(archive, temporary, tenant);
    for (ArchivedVersion version : archive.tenant().versions()) {
      check.version(version);
    }
    return check.warnings;
  }

  private void version(ArchivedVersion version) throws IOException {
    List<VersionFile> files = files(version);
    Path copy = Staging.directoryIn(temporary, tenant);
    try {
      for (ArchivedFile file : version.files()) {
        copy(file, copy);
      }
      LoadedAdapter loaded = load(version, copy);
      AdapterFacts facts = facts(version, loaded.adapter());
      compare(version, loaded.adapter(), facts);
      byte[] manifest = Manifest.write(version.digest(), facts, files);
      if (!Digests.ofBytes(manifest).equals(version.manifest())) {
        throw refused(version, "its manifest is not that of its files");
      }
      Optional<String> problem = ImportedSignatures.problem(archive.tenant(), version);
      if (problem.isPresent()) {
        throw refused(version, problem.get());
      }
      loaded.warnings().forEach(warning -> warnings.add(version.label() + ": " + warning));
    } finally {
      AtomicFiles.deleteTree(copy);
    }
  }

  /** The files but the manifest; names become paths, so they must be those we know. */
  private static List<VersionFile> files(ArchivedVersion version) throws PublishRefusedException {
    List<VersionFile> files = new ArrayList<>();
    boolean hasManifest = false;
    for (ArchivedFile file : version.files()) {
      if (file.name().equals(Manifest.FILE)) {
        hasManifest = file.digest().equals(version.manifest());
      } else if (!Manifest.FILES.contains(file.name())) {
        throw refused(
            version,
            "it has a file %s; versions have only %s"
                .formatted(Names.quote(file.name()), Manifest.FILES));
      } else {
        files.add(VersionFile.plain(file.name(), file.digest(), file.sizeBytes()));
      }
      if (file.sizeBytes() > Staging.limit(file.name())) {
        throw refused(
            version,
            "%s is larger than the %d bytes that are published"
                .formatted(file.name(), Staging.limit(file.name())));
      }
    }
    if (!hasManifest) {
      throw refused(version, "its manifest is missing or another one");
    }
    return files;
  }

  private void copy(ArchivedFile file, Path directory) throws IOException {
    Path target = directory.resolve(file.name());
    MessageDigest sha = Digests.sha256();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    try (ReadableByteChannel in = archive.open(file.digest());
        FileChannel out =
            FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      while (in.read(chunk.clear()) >= 0) {
        sha.update(chunk.flip().duplicate());
        AtomicFiles.writeFully(out, chunk);
      }
    } catch (IOException e) {
      throw new StoreUnavailableException(
          "cannot copy %s out of the archive to %s: %s; check that the disk has room and is writable"
              .formatted(file.digest(), target, e),
          e);
    }
    String found = Digests.text(sha);
    if (!found.equals(file.digest())) {
      throw archive.changed(file.digest(), found);
    }
  }

  private static LoadedAdapter load(ArchivedVersion version, Path copy) throws IOException {
    try {
      return new PeftFormat().load(copy, ReadOptions.strict());
    } catch (AdapterFormatException e) {
      throw new PublishRefusedException(
          "version %s of the archive cannot be read: %s"
              .formatted(version.label(), withoutFolder(e, copy)));
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw new StoreUnavailableException(
          "cannot read the copy %s again: %s; check that the disk is sound, then try again"
              .formatted(copy, e),
          e);
    }
  }

  /** The copy is gone when the message is read. */
  private static String withoutFolder(AdapterFormatException e, Path copy) {
    return e.getMessage().replace(copy + copy.getFileSystem().getSeparator(), "");
  }

  private static AdapterFacts facts(ArchivedVersion version, Adapter adapter)
      throws PublishRefusedException {
    try {
      return AdapterFacts.of(adapter);
    } catch (PublishRefusedException e) {
      throw new PublishRefusedException(
          "version %s of the archive: %s".formatted(version.label(), e.getMessage()));
    }
  }

  private static void compare(ArchivedVersion version, Adapter adapter, AdapterFacts facts)
      throws PublishRefusedException {
    compare(version, "digest", version.digest(), adapter.digest());
    compare(version, "base", version.baseDigest(), facts.baseDigest());
    compare(version, "tokenizer", version.tokenizerDigest(), facts.tokenizerDigest());
    compare(version, "type", version.type(), facts.type());
    compare(version, "rank", String.valueOf(version.rank()), String.valueOf(facts.rank()));
  }

  private static void compare(ArchivedVersion version, String what, String said, String found)
      throws PublishRefusedException {
    if (!said.equals(found)) {
      throw refused(
          version, "its files have %s %s, the archive says %s".formatted(what, found, said));
    }
  }

  static PublishRefusedException refused(ArchivedVersion version, String problem) {
    return new PublishRefusedException(
        "version %s of the archive is refused: %s; export it again from a sound registry"
            .formatted(Names.quote(version.label()), problem));
  }
}
