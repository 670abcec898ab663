package dev.graft.store;

import dev.graft.store.ErasureCertificate.ErasedBlob;
import dev.graft.store.ErasureCertificate.ErasedVersion;
import dev.graft.store.index.Parents;
import dev.graft.store.index.Session;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Lists what erasing a tenant will take away, before anything of it goes. */
final class ErasurePlan {
  private ErasurePlan() {}

  /**
   * The certificate as it would be if every blob could go; which of them stay is seen at the end.
   *
   * @param keys ids of the tenant's keys, as their provider knows them
   */
  static ErasureCertificate of(
      Session session, Tenant tenant, Collection<String> keys, Change change)
      throws NotInStoreException {
    List<ErasedVersion> versions = new ArrayList<>();
    Map<String, ErasedBlob> blobs = new LinkedHashMap<>();
    Set<String> keyIds = new TreeSet<>(keys);
    for (Version version : session.versions().ofTenant(tenant.name())) {
      versions.add(
          new ErasedVersion(
              version.reference().toString(),
              version.digest(),
              version.manifest(),
              version.time().toString()));
      for (VersionFile file : session.files().of(version)) {
        blobs.put(file.blob(), new ErasedBlob(file.blob(), file.blobBytes(), file.isEncrypted()));
      }
    }
    return new ErasureCertificate(
        ErasureCertificate.FORMAT_VERSION,
        session.store().id().orElse(""),
        tenant.name(),
        "",
        change.author(),
        change.note(),
        encryptedSince(session, tenant),
        List.copyOf(keyIds),
        versions,
        List.copyOf(blobs.values()),
        List.of(),
        descendants(session, tenant).stream().map(Version::digest).distinct().toList());
  }

  private static String encryptedSince(Session session, Tenant tenant) {
    if (!tenant.isEncrypted()) {
      return "";
    }
    Optional<AuditLine> encrypted = session.audit().first(tenant.name(), Reencryption.ENCRYPT);
    return encrypted.map(AuditLine::time).orElse(tenant.time()).toString();
  }

  /** Other tenants' versions that descend from the tenant's, at whatever distance. */
  static List<Version> descendants(Session session, Tenant tenant) throws NotInStoreException {
    Set<Version> found = new LinkedHashSet<>();
    List<Version> open = new ArrayList<>(session.versions().ofTenant(tenant.name()));
    while (!open.isEmpty()) {
      Version parent = open.remove(open.size() - 1);
      for (Parents.Child child : session.parents().childrenOf(parent.adapter(), parent.number())) {
        Version version = Finder.version(session, child.adapter().version(child.version()));
        if (!version.adapter().tenant().equals(tenant.name()) && found.add(version)) {
          open.add(version);
        }
      }
    }
    return List.copyOf(found);
  }

  /** The certificate at the end: what of the blobs is gone, and when. */
  static ErasureCertificate finished(ErasureCertificate plan, Set<String> shared, String time) {
    return new ErasureCertificate(
        plan.formatVersion(),
        plan.storeId(),
        plan.tenant(),
        time,
        plan.author(),
        plan.note(),
        plan.encryptedSince(),
        plan.destroyedKeys(),
        plan.versions(),
        plan.destroyedBlobs().stream().filter(blob -> !shared.contains(blob.digest())).toList(),
        plan.destroyedBlobs().stream().filter(blob -> shared.contains(blob.digest())).toList(),
        plan.descendants());
  }
}
