package dev.graft.store;

import dev.graft.adapter.format.PeftFormat;
import dev.graft.store.blob.Blob;
import dev.graft.store.blob.BlobStore;
import dev.graft.store.index.Index;
import dev.graft.store.index.Session;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.KeyUnavailableException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Checks that every version has its files and every blob its bytes. A version that cannot be opened
 * is blocked by a repair, so that nobody is handed it. Publishing the same files again is refused
 * then, but brings the blobs back, after which the version can be activated.
 */
final class BlobCheck {
  private final Index index;
  private final BlobStore blobs;
  private final Contents contents;
  private final Lifecycle lifecycle;

  BlobCheck(Index index, BlobStore blobs, Contents contents, Lifecycle lifecycle) {
    this.index = index;
    this.blobs = blobs;
    this.contents = contents;
    this.lifecycle = lifecycle;
  }

  /** Check and say how many blobs were read. */
  int run(Change repair, List<Finding> findings) throws IOException {
    Map<String, Long> expected = index.lookUp("list blobs", session -> session.files().blobs());
    Set<String> damaged = new HashSet<>();
    for (Map.Entry<String, Long> blob : expected.entrySet()) {
      check(blob.getKey(), blob.getValue(), repair, damaged, findings);
    }
    checkVersions(damaged, repair, findings);
    countOrphans(findings);
    return expected.size();
  }

  private void check(
      String digest, long size, Change repair, Set<String> damaged, List<Finding> findings)
      throws IOException {
    OptionalLong found = blobs.size(digest);
    if (found.isEmpty()) {
      List<AdapterReference> users = users(digest);
      // Versions that were deleted since the list was made need it no more.
      if (!users.isEmpty()) {
        damaged.add(digest);
        report(Finding.Kind.MISSING_BLOB, digest, "it is not there", users, repair, findings);
      }
      return;
    }
    if (found.getAsLong() == size && isReadable(digest)) {
      return;
    }
    damaged.add(digest);
    List<AdapterReference> users = users(digest);
    if (!repair.dryRun()) {
      blobs.setAside(digest);
    }
    report(
        Finding.Kind.CHANGED_BLOB,
        digest,
        "it has %d bytes of other content, %d were written".formatted(found.getAsLong(), size),
        users,
        repair,
        findings);
  }

  private boolean isReadable(String digest) throws IOException {
    try {
      blobs.verify(digest);
      return true;
    } catch (DamagedStoreException e) {
      return false;
    }
  }

  private List<AdapterReference> users(String digest) throws IOException {
    return index.lookUp("look for references", session -> session.files().users(digest));
  }

  private void report(
      Finding.Kind kind,
      String digest,
      String problem,
      List<AdapterReference> users,
      Change repair,
      List<Finding> findings)
      throws IOException {
    for (AdapterReference user : users) {
      block(user, repair);
    }
    findings.add(
        new Finding(
            kind,
            digest,
            "%s; it belongs to %s, which cannot be opened; publish the same files again (refused while the version is blocked, but it brings the blob back) or restore the blob from a backup, then activate"
                .formatted(problem, users),
            !repair.dryRun()));
  }

  private void block(AdapterReference user, Change repair) throws IOException {
    if (!repair.dryRun()) {
      lifecycle.setState(user, VersionState.BLOCKED, repair);
    }
  }

  private void checkVersions(Set<String> damaged, Change repair, List<Finding> findings)
      throws IOException {
    List<Version> versions = index.lookUp("list versions", session -> session.versions().all());
    int closed = 0;
    for (Version version : versions) {
      if (version.state() != VersionState.DELETED) {
        closed += checkVersion(version, damaged, repair, findings) ? 0 : 1;
      }
    }
    if (closed > 0) {
      findings.add(
          new Finding(
              Finding.Kind.NOT_DECRYPTED,
              "blobs",
              "the files of %d versions are encrypted and were not opened; give their keys to check that too"
                  .formatted(closed),
              false));
    }
  }

  /** Check one; says whether its files could be opened as far as that was needed. */
  private boolean checkVersion(
      Version version, Set<String> damaged, Change repair, List<Finding> findings)
      throws IOException {
    List<VersionFile> files = index.lookUp("list files", session -> session.files().of(version));
    if (files.stream().anyMatch(file -> damaged.contains(file.blob()))) {
      return true;
    }
    if (!isComplete(version, files) || !files.stream().allMatch(VersionFile::isConsistent)) {
      reportIncomplete(version, files, repair, findings);
      return true;
    }
    if (contents.keys().isEmpty() && files.stream().anyMatch(VersionFile::isEncrypted)) {
      return false;
    }
    try {
      if (!isListed(version, files)) {
        reportIncomplete(version, files, repair, findings);
      }
    } catch (KeyUnavailableException e) {
      reportUnopened(version, e, findings);
    } catch (DamagedStoreException e) {
      // Collected since the list was made, or encrypted with another key of this id.
      reportUnopened(version, e, findings);
    }
    return true;
  }

  private void reportUnopened(Version version, StoreException problem, List<Finding> findings)
      throws IOException {
    if (isStillThere(version)) {
      findings.add(
          new Finding(
              Finding.Kind.MISSING_KEY,
              version.reference().toString(),
              String.valueOf(problem.getMessage()),
              false));
    }
  }

  private void reportIncomplete(
      Version version, List<VersionFile> files, Change repair, List<Finding> findings)
      throws IOException {
    if (isStillThere(version)) {
      block(version.reference(), repair);
      findings.add(
          new Finding(
              Finding.Kind.INCOMPLETE_VERSION,
              version.reference().toString(),
              "its files %s are not those of its manifest %s; publish it again"
                  .formatted(files.stream().map(VersionFile::name).toList(), version.manifest()),
              !repair.dryRun()));
    }
  }

  private boolean isStillThere(Version version) throws IOException {
    return index
        .lookUp("look again", session -> session.versions().find(version.reference()))
        .map(found -> found.state() != VersionState.DELETED)
        .orElse(false);
  }

  private static boolean isComplete(Version version, List<VersionFile> files) {
    return hasFile(files, PeftFormat.CONFIG_FILE)
        && hasFile(files, PeftFormat.TENSOR_FILE)
        && files.stream().anyMatch(file -> isManifest(file, version))
        && files.stream().mapToLong(VersionFile::sizeBytes).sum() == version.sizeBytes();
  }

  private static boolean isManifest(VersionFile file, Version version) {
    return file.name().equals(Manifest.FILE) && file.digest().equals(version.manifest());
  }

  private boolean isListed(Version version, List<VersionFile> files) throws IOException {
    List<VersionFile> others = files.stream().filter(file -> !isManifest(file, version)).toList();
    for (VersionFile file : files) {
      if (isManifest(file, version)) {
        byte[] bytes = contents.bytes(version.adapter().tenant(), file);
        return Manifest.lists(bytes, others);
      }
    }
    return false;
  }

  private static boolean hasFile(List<VersionFile> files, String name) {
    return files.stream().anyMatch(file -> file.name().equals(name));
  }

  private void countOrphans(List<Finding> findings) throws IOException {
    List<Blob> orphans = new ArrayList<>();
    blobs.forEach(
        (blob, stored) -> {
          if (!index.lookUp("look for references", s -> isReferred(s, blob))) {
            orphans.add(blob);
          }
        });
    if (!orphans.isEmpty()) {
      findings.add(
          new Finding(
              Finding.Kind.ORPHAN_BLOBS,
              "blobs",
              "nothing refers to %d blobs of %d bytes; garbage collection deletes them once they are old enough"
                  .formatted(orphans.size(), orphans.stream().mapToLong(Blob::sizeBytes).sum()),
              false));
    }
  }

  private static boolean isReferred(Session session, Blob blob) {
    return session.files().refersTo(blob.digest(), Instant.EPOCH);
  }
}
