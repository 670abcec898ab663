package dev.graft.store;

import dev.graft.files.Digests;
import dev.graft.store.ErasureCertificate.ErasedBlob;
import dev.graft.store.blob.BlobStore;
import dev.graft.store.index.Erasures;
import dev.graft.store.index.Index;
import dev.graft.store.index.Session;
import dev.graft.store.keys.KeyProvider;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.KeyUnavailableException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.TenantState;
import dev.graft.store.model.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Erases tenants, in steps that can be repeated after a crash: note the plan and serve nothing
 * more; destroy the keys; delete the blobs that nobody else refers to; take out the rows, and write
 * the certificate. The digest of the certificate stands in the audit log.
 */
final class Eraser {
  static final String ACTION = "erase-tenant";

  private static final int BATCH = 100;

  private final Index index;
  private final BlobStore blobs;
  private final Contents contents;
  private final Path temporary;
  private final Auditor auditor;

  Eraser(Index index, BlobStore blobs, Contents contents, Path temporary, Auditor auditor) {
    this.index = index;
    this.blobs = blobs;
    this.contents = contents;
    this.temporary = temporary;
    this.auditor = auditor;
  }

  Erasure erase(String name, Change change) throws IOException {
    String doing = "erase tenant " + name;
    Tenant tenant = index.read(doing, session -> Finder.tenant(session, name));
    if (tenant.state() == TenantState.ERASED) {
      return done(name);
    }
    Optional<KeyProvider> keys = keysOf(tenant);
    List<String> keyIds = keys.isPresent() ? keys.get().list(name) : List.of();
    Begun begun =
        index.write(doing, change.dryRun(), session -> begin(session, name, keyIds, change));
    if (change.dryRun()) {
      return index.read(doing, session -> tried(session, begun));
    }
    for (String keyId : begun.plan().destroyedKeys()) {
      keys.orElseThrow(() -> noKeys(name)).destroy(name, keyId);
    }
    Staging.sweep(temporary, name);
    deleteBlobs(doing, name);
    for (ErasedBlob blob : begun.plan().destroyedBlobs()) {
      blobs.deleteSetAside(blob.digest());
    }
    blobs.forceDeletions();
    Erasure erasure = index.write(doing, false, session -> finish(session, begun, change));
    index.scrub();
    return erasure;
  }

  /** The keys, where the tenant has or had any. */
  private Optional<KeyProvider> keysOf(Tenant tenant) throws IOException {
    List<String> used =
        index.lookUp("list keys", session -> session.files().keys(tenant.name())).stream()
            .filter(key -> !key.isEmpty())
            .toList();
    boolean needed = tenant.isEncrypted() || !used.isEmpty();
    return needed ? Optional.of(contents.keys(tenant.name())) : contents.keys();
  }

  private static KeyUnavailableException noKeys(String tenant) {
    return new KeyUnavailableException(
        "tenant \"%s\" had keys when its erasure began, and none were given now; give --keys DIR"
            .formatted(tenant));
  }

  /** What will be erased, and whose adapters come from it. */
  private record Begun(ErasureCertificate plan, List<AdapterReference> descendants) {}

  private Begun begin(Session session, String name, List<String> keyIds, Change change)
      throws StoreException {
    Tenant tenant = Finder.tenant(session, name);
    List<AdapterReference> descendants =
        ErasurePlan.descendants(session, tenant).stream().map(Version::reference).toList();
    Optional<Erasures.Erasure> earlier = session.erasures().find(name);
    if (earlier.isPresent()) {
      return new Begun(ErasureCertificate.read(earlier.get().certificate()), descendants);
    }
    ErasureCertificate plan = ErasurePlan.of(session, tenant, keyIds, change);
    session.erasures().begin(name, plan.json());
    auditor.write(
        session,
        change,
        name,
        "begin-" + ACTION,
        name,
        new AuditDetail()
            .with("versions", plan.versions().size())
            .with("keys", plan.destroyedKeys()));
    return new Begun(plan, descendants);
  }

  private Erasure tried(Session session, Begun begun) {
    Set<String> shared = new HashSet<>();
    for (ErasedBlob blob : begun.plan().destroyedBlobs()) {
      if (session.erasures().isReferredByOthers(begun.plan().tenant(), blob.digest())) {
        shared.add(blob.digest());
      }
    }
    ErasureCertificate certificate = ErasurePlan.finished(begun.plan(), shared, "");
    return new Erasure(certificate, certificate.json(), begun.descendants(), true);
  }

  /** As garbage is collected: references and blobs go inside one writing transaction. */
  private void deleteBlobs(String doing, String tenant) throws IOException {
    int left = BATCH;
    while (left == BATCH) {
      left =
          index.write(
              doing,
              false,
              session -> {
                List<String> batch = session.erasures().blobs(tenant, BATCH);
                for (String blob : batch) {
                  session.erasures().release(tenant, blob);
                  if (!session.erasures().isReferredByOthers(tenant, blob)) {
                    blobs.delete(blob);
                  }
                }
                return batch.size();
              });
    }
  }

  private Erasure finish(Session session, Begun begun, Change change) throws IOException {
    String name = begun.plan().tenant();
    if (Finder.tenant(session, name).state() == TenantState.ERASED) {
      return done(session, name);
    }
    Set<String> shared = new HashSet<>();
    for (ErasedBlob blob : begun.plan().destroyedBlobs()) {
      if (session.erasures().isReferredByOthers(name, blob.digest())) {
        shared.add(blob.digest());
      }
    }
    String time = auditor.clock().instant().toString();
    ErasureCertificate certificate = ErasurePlan.finished(begun.plan(), shared, time);
    String json = certificate.json();
    String digest = digest(json);
    AuditLine line =
        auditor.write(
            session,
            change,
            name,
            ACTION,
            name,
            new AuditDetail()
                .with("certificate", digest)
                .with("descendants", certificate.descendants()));
    session.erasures().finish(name, new Erasures.Erasure(json, digest, line.sequence()));
    return new Erasure(certificate, json, begun.descendants(), true);
  }

  static String digest(String certificate) {
    return Digests.ofBytes(certificate.getBytes(StandardCharsets.UTF_8));
  }

  private Erasure done(String tenant) throws IOException {
    return index.lookUp("look up the erasure of " + tenant, session -> done(session, tenant));
  }

  private static Erasure done(Session session, String tenant) throws StoreException {
    String json = session.erasures().find(tenant).orElseThrow().certificate();
    return new Erasure(ErasureCertificate.read(json), json, List.of(), false);
  }
}
