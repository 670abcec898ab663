package dev.graft.store;

import dev.graft.files.SweptFiles;
import dev.graft.store.archive.ArchiveWriter;
import dev.graft.store.archive.ArchiveWriter.Written;
import dev.graft.store.archive.ArchivedTenant;
import dev.graft.store.archive.ArchivedVersion.ArchivedFile;
import dev.graft.store.index.Index;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.SignaturePolicy;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.VersionFile;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Writes a tenant into an archive. The line of the audit log is written before the file gets its
 * name, so there is no archive that the log does not know.
 */
final class TenantExport {
  private static final int ATTEMPTS = 3;

  private final Index index;
  private final Contents contents;
  private final Auditor auditor;

  TenantExport(Index index, Contents contents, Auditor auditor) {
    this.index = index;
    this.contents = contents;
    this.auditor = auditor;
  }

  ExportReport export(String tenant, Path target, ExportOptions options, Change change)
      throws IOException {
    requireFree(target, options);
    ExportSnapshot snapshot = snapshot(tenant, change);
    for (int left = ATTEMPTS; ; left--) {
      try {
        return export(snapshot, target, options, change);
      } catch (DamagedStoreException e) {
        // Deleting and collecting a version meanwhile is no damage, nor is giving it another key.
        ExportSnapshot now = snapshot(tenant, change);
        if (left == 1 || now.files().equals(snapshot.files())) {
          throw e;
        }
        snapshot = now;
      }
    }
  }

  private static void requireFree(Path target, ExportOptions options) throws IOException {
    if (Files.isDirectory(target)) {
      throw new IOException("%s: is a directory; expected the name of a file".formatted(target));
    }
    if (!options.replace() && Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(
          target.toString(), null, "exists already; choose another name or ask to replace it");
    }
  }

  private ExportSnapshot snapshot(String tenant, Change change) throws IOException {
    return index.read(
        "export tenant " + tenant,
        session -> ExportSnapshot.of(session, tenant, change, auditor.clock().instant()));
  }

  private ExportReport export(
      ExportSnapshot snapshot, Path target, ExportOptions options, Change change)
      throws IOException {
    if (snapshot.document().encrypted() && !options.decrypt()) {
      throw new VersionStateException(
          "tenant \"%s\" is encrypted, and an archive is not: its adapters would be written in the clear; ask for that with --decrypt, and keep the file as safe as the keys"
              .formatted(snapshot.row().name()));
    }
    if (change.dryRun()) {
      return report(
          snapshot, write(snapshot, Channels.newChannel(OutputStream.nullOutputStream())));
    }
    Path folder = target.toAbsolutePath().getParent();
    Files.createDirectories(Objects.requireNonNullElse(folder, target.toAbsolutePath()));
    List<Written> written = new ArrayList<>();
    SweptFiles.writePrivate(
        target,
        channel -> {
          Written file = write(snapshot, channel);
          channel.force(true);
          record(snapshot, file, change);
          written.add(file);
        });
    return report(snapshot, written.get(0));
  }

  private Written write(ExportSnapshot snapshot, WritableByteChannel out) throws IOException {
    String tenant = snapshot.row().name();
    try {
      return ArchiveWriter.write(
          snapshot.document(), out, (file, sink) -> read(tenant, snapshot.files(), file, sink));
    } catch (StoreException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new DamagedStoreException(
          "tenant \"%s\" cannot be exported: %s; remove what is too much, or run fsck"
              .formatted(tenant, e.getMessage()),
          e);
    } catch (IOException e) {
      throw new IOException(
          "cannot write the archive of tenant \"%s\": %s; check that the disk has room and is writable"
              .formatted(tenant, e),
          e);
    }
  }

  private void read(
      String tenant, Map<String, VersionFile> places, ArchivedFile file, ArchiveWriter.Sink sink)
      throws IOException {
    VersionFile place = Objects.requireNonNull(places.get(file.digest()));
    contents.read(tenant, place, sink::accept);
  }

  private void record(ExportSnapshot snapshot, Written file, Change change) throws IOException {
    ArchivedTenant document = snapshot.document();
    index.write(
        "export tenant " + document.tenant(),
        false,
        session -> {
          Finder.activeTenant(session, document.tenant());
          return auditor.write(
              session,
              change,
              document.tenant(),
              "export-tenant",
              document.tenant(),
              new AuditDetail()
                  .with("archive", file.digest())
                  .with("versions", document.versions().size())
                  .with("decrypted", document.encrypted()));
        });
  }

  private static ExportReport report(ExportSnapshot snapshot, Written file) {
    ArchivedTenant document = snapshot.document();
    List<String> warnings = new ArrayList<>();
    if (snapshot.badSignatures() > 0) {
      warnings.add(
          "left out: signatures (%d) that are over something else than their version, or not by the key that they name; run fsck"
              .formatted(snapshot.badSignatures()));
    }
    if (snapshot.trustsKeys() || snapshot.row().signatures() != SignaturePolicy.OFF) {
      warnings.add(
          "not in the archive: the keys that the tenant trusts, and its rule \"%s\" about signatures; who imports it decides on both"
              .formatted(snapshot.row().signatures().text()));
    }
    if (document.encrypted()) {
      warnings.add("the adapters are in the clear in the archive; keep it as safe as the keys");
    }
    return new ExportReport(
        document.tenant(),
        file.digest(),
        file.sizeBytes(),
        document.adapters().size(),
        document.versions().size(),
        document.totalSignatures(),
        document.totalParentsLeftOut(),
        warnings);
  }
}
