package dev.graft.store;

import dev.graft.store.ErasureCertificate.ErasedBlob;
import dev.graft.store.blob.BlobStore;
import dev.graft.store.index.Erasures;
import dev.graft.store.index.Index;
import dev.graft.store.index.Session;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.TenantState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Holds a certificate of an erasure against the registry. */
final class ErasureCheck {
  private final Index index;
  private final BlobStore blobs;
  private final Contents contents;

  ErasureCheck(Index index, BlobStore blobs, Contents contents) {
    this.index = index;
    this.blobs = blobs;
    this.contents = contents;
  }

  /**
   * Check.
   *
   * @param json the certificate's bytes
   * @return what does not agree, a sentence each; empty if all does
   */
  List<String> problems(String json) throws IOException {
    ErasureCertificate certificate = ErasureCertificate.read(json);
    List<String> problems =
        index.read("verify the erasure", session -> problems(session, certificate, json));
    if (contents.keys().isPresent()) {
      List<String> left = contents.keys().get().list(certificate.tenant());
      if (!left.isEmpty()) {
        problems.add("keys of the tenant are still there: %s".formatted(left));
      }
    }
    return problems;
  }

  private List<String> problems(Session session, ErasureCertificate certificate, String json)
      throws StoreException {
    List<String> problems = new ArrayList<>();
    checkIndex(session, certificate, json, problems);
    for (ErasedBlob blob : certificate.destroyedBlobs()) {
      checkBlob(session, certificate.tenant(), blob, problems);
    }
    return problems;
  }

  private static void checkIndex(
      Session session, ErasureCertificate certificate, String json, List<String> problems)
      throws StoreException {
    String store = session.store().id().orElse("");
    if (!store.equals(certificate.storeId())) {
      problems.add(
          "it belongs to registry %s, this one is %s".formatted(certificate.storeId(), store));
      return;
    }
    Tenant tenant = Finder.tenant(session, certificate.tenant());
    Optional<Erasures.Erasure> erasure = session.erasures().find(tenant.name());
    if (tenant.state() != TenantState.ERASED || erasure.isEmpty()) {
      problems.add("tenant \"%s\" is not erased".formatted(tenant.name()));
      return;
    }
    String digest = Eraser.digest(json);
    Optional<AuditLine> line = session.audit().find(erasure.get().sequence());
    if (line.isEmpty()
        || !line.get().action().equals(Eraser.ACTION)
        || !line.get().subject().equals(tenant.name())
        || !line.get().detail().contains('"' + digest + '"')) {
      problems.add(
          "the audit log has no erasure of \"%s\" with a certificate of digest %s; the certificate was changed"
              .formatted(tenant.name(), digest));
    }
    problems.addAll(session.audit().verify());
    if (!session.versions().ofTenant(tenant.name()).isEmpty()) {
      problems.add("the index has versions of \"%s\"".formatted(tenant.name()));
    }
  }

  /** Another customer may have published the same content since. */
  private void checkBlob(Session session, String tenant, ErasedBlob blob, List<String> problems)
      throws StoreException {
    if (session.erasures().isReferredByOthers(tenant, blob.digest())) {
      return;
    }
    if (blobs.size(blob.digest()).isPresent()) {
      problems.add("blob %s is there".formatted(blob.digest()));
    }
    int setAside = blobs.countSetAside(blob.digest());
    if (setAside > 0) {
      problems.add(
          "what fsck set aside of blob %s is there, %d times".formatted(blob.digest(), setAside));
    }
  }
}
