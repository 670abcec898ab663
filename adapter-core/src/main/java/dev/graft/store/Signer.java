package dev.graft.store;

import dev.graft.signing.Envelope;
import dev.graft.signing.SigningKey;
import dev.graft.store.index.Session;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import dev.graft.store.model.VersionSignature;
import java.time.Instant;
import java.util.List;

/** Adds signatures, inside a transaction. */
record Signer(Auditor auditor) {
  /** Sign a version; says whether the key had not signed it before. */
  boolean sign(
      Session session, Version version, List<VersionFile> files, SigningKey key, Change change) {
    String envelope =
        Envelope.sign(SignedStatement.PAYLOAD_TYPE, SignedStatement.of(version, files), key).json();
    boolean isThere =
        session.signatures().of(version).stream()
            .anyMatch(row -> row.keyId().equals(key.id()) && row.envelope().equals(envelope));
    if (isThere) {
      return false;
    }
    Instant now = Instant.ofEpochMilli(auditor.clock().instant().toEpochMilli());
    session
        .signatures()
        .put(version, new VersionSignature(key.id(), envelope, change.author(), now));
    auditor.write(
        session,
        change,
        version.adapter().tenant(),
        "sign",
        version.reference(),
        new AuditDetail().with("keyId", key.id()));
    return true;
  }
}
