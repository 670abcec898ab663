package dev.graft.store;

import dev.graft.store.archive.ArchiveReader;
import dev.graft.store.archive.ArchivedTenant;
import dev.graft.store.archive.ArchivedVersion.ArchivedFile;
import dev.graft.store.index.Index;
import dev.graft.store.keys.DataKey;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.VersionFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Imports archives: check all of it, try the transaction, store the blobs, then write the index in
 * one transaction, which looks again that the blobs are there. Before that transaction nothing is
 * seen of it; what an import that stopped has stored is collected as garbage.
 */
final class TenantImport {
  private final Index index;
  private final Contents contents;
  private final Path temporary;
  private final ImportRecorder recorder;

  TenantImport(Index index, Contents contents, Path temporary, ImportRecorder recorder) {
    this.index = index;
    this.contents = contents;
    this.temporary = temporary;
    this.recorder = recorder;
  }

  ImportReport run(Path file, ImportOptions options, Change change) throws IOException {
    try (ArchiveReader archive = ArchiveReader.open(file)) {
      String name = options.tenant().orElse(archive.tenant().tenant());
      String doing = "import tenant " + name;
      Optional<Tenant> before =
          index.read(doing, session -> ImportRecorder.target(session, name, options));
      requireKeys(name, before, options);
      List<String> warnings = new ArrayList<>(ImportCheck.run(archive, temporary, name));
      ImportRecorder.Plan plan =
          new ImportRecorder.Plan(
              archive.tenant(), archive.digest(), name, before, keyId(before, options), options);
      Map<String, VersionFile> planned = planned(archive);
      // Tried first, so that what is refused leaves neither blobs nor a key behind.
      ImportRecorder.Recorded recorded =
          index.write(doing, true, session -> recorder.record(session, plan, planned, change));
      if (!change.dryRun()) {
        recorded = store(doing, archive, plan, change);
      }
      warnings.addAll(recorded.warnings());
      warn(plan, recorded.tenant(), warnings);
      return report(archive, plan, recorded.tenant(), warnings);
    }
  }

  private void requireKeys(String name, Optional<Tenant> before, ImportOptions options)
      throws StoreException {
    if (before.isPresent()) {
      contents.key(name, before.get().keyId());
    } else if (options.encrypt()) {
      contents.keys(name);
    }
  }

  private static String keyId(Optional<Tenant> before, ImportOptions options) {
    return before.map(Tenant::keyId).orElse(options.encrypt() ? TenantKeys.NOT_YET : "");
  }

  private static Map<String, VersionFile> planned(ArchiveReader archive) {
    Map<String, VersionFile> planned = new TreeMap<>();
    for (ArchivedFile file : archive.contents().values()) {
      planned.put(file.digest(), VersionFile.plain("", file.digest(), file.sizeBytes()));
    }
    return planned;
  }

  private ImportRecorder.Recorded store(
      String doing, ArchiveReader archive, ImportRecorder.Plan tried, Change change)
      throws IOException {
    Optional<DataKey> key =
        tried.keyId().equals(TenantKeys.NOT_YET)
            ? Optional.of(contents.keys(tried.name()).create(tried.name()))
            : contents.key(tried.name(), tried.keyId());
    ImportRecorder.Plan plan = tried.withKey(key.map(DataKey::id).orElse(""));
    Map<String, VersionFile> stored = new TreeMap<>();
    for (String digest : archive.contents().keySet()) {
      stored.put(digest, put(archive, digest, key));
    }
    return index.write(
        doing,
        false,
        session -> {
          putCollectedAgain(archive, stored, key);
          return recorder.record(session, plan, stored, change);
        });
  }

  private VersionFile put(ArchiveReader archive, String digest, Optional<DataKey> key)
      throws StoreException {
    Contents.Source source =
        new Contents.Source(
            "%s of archive %s".formatted(digest, archive.file()), () -> archive.open(digest));
    VersionFile file = contents.put("", source, key);
    if (!file.digest().equals(digest)) {
      // The archive was changed after it was checked.
      throw archive.changed(digest, file.digest());
    }
    return file;
  }

  /** Inside a transaction nothing is collected. */
  private void putCollectedAgain(
      ArchiveReader archive, Map<String, VersionFile> stored, Optional<DataKey> key)
      throws IOException {
    Set<VersionFile> missing = contents.missing(stored.values());
    for (Map.Entry<String, VersionFile> file : stored.entrySet()) {
      if (missing.contains(file.getValue())) {
        file.setValue(put(archive, file.getKey(), key));
      }
    }
  }

  private static void warn(ImportRecorder.Plan plan, Tenant tenant, List<String> warnings) {
    ArchivedTenant archived = plan.archived();
    int signatures = archived.totalSignatures();
    if (signatures > 0 && !plan.keepsName()) {
      warnings.add(
          "left out: the signatures of its versions (%d), which were given to adapters of \"%s\" and not of \"%s\"; sign the versions again"
              .formatted(signatures, archived.tenant(), plan.name()));
    }
    if (archived.encrypted() && !tenant.isEncrypted()) {
      warnings.add(
          "it was encrypted where it comes from, and is not here; 'graft tenants encrypt %s' changes that"
              .formatted(tenant.name()));
    }
  }

  private static ImportReport report(
      ArchiveReader archive, ImportRecorder.Plan plan, Tenant tenant, List<String> warnings) {
    ArchivedTenant archived = archive.tenant();
    return new ImportReport(
        tenant,
        archive.digest(),
        archived.storeId(),
        archived.tenant(),
        archived.adapters().size(),
        archived.versions().size(),
        plan.keepsName() ? archived.totalSignatures() : 0,
        plan.keepsName() ? 0 : archived.totalSignatures(),
        archived.totalParentsLeftOut(),
        warnings);
  }
}
