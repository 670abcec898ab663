package dev.graft.store;

import dev.graft.signing.Envelope;
import dev.graft.signing.SigningException;
import dev.graft.signing.VerifyingKey;
import dev.graft.store.archive.ArchivedTenant;
import dev.graft.store.archive.ArchivedVersion;
import dev.graft.store.archive.ArchivedVersion.ArchivedSignature;
import dev.graft.store.index.Session;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.PublishRefusedException;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionSignature;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Signatures that come with an archive. They are over an adapter's name, so they are worth
 * something only where the tenant keeps its name. Which keys are trusted is decided here, never by
 * the archive.
 */
final class ImportedSignatures {
  private final Auditor auditor;

  ImportedSignatures(Auditor auditor) {
    this.auditor = auditor;
  }

  /** What is wrong with a version's signatures, whoever made them. */
  static Optional<String> problem(ArchivedTenant tenant, ArchivedVersion version) {
    AdapterName signed = new AdapterName(tenant.tenant(), version.adapter());
    byte[] statement =
        SignedStatement.of(ArchivedRows.version(signed, version, 0), ArchivedRows.files(version));
    for (ArchivedSignature signature : version.signatures()) {
      Envelope envelope = parse(signature);
      if (!envelope.payloadType().equals(SignedStatement.PAYLOAD_TYPE)
          || !Arrays.equals(envelope.payload(), statement)) {
        return Optional.of(
            "its signature by key %s is over something else than %s with these files"
                .formatted(signature.keyId(), signed));
      }
    }
    return Optional.empty();
  }

  private static Envelope parse(ArchivedSignature signature) {
    try {
      return Envelope.parse(signature.envelope());
    } catch (SigningException e) {
      throw new IllegalStateException("an archive was read without being checked", e);
    }
  }

  /**
   * Store the signatures of a version, each with a line in the audit log.
   *
   * @param version the version, which is stored
   * @param archive digest of the archive
   * @param trusted the keys that the tenant trusts here
   * @throws PublishRefusedException if one names such a key and is not by it
   */
  void put(
      Session session,
      Version version,
      ArchivedVersion archived,
      String archive,
      List<VerifyingKey> trusted,
      Change change)
      throws PublishRefusedException {
    for (ArchivedSignature signature : archived.signatures()) {
      requireGenuine(archived, signature, trusted);
      session
          .signatures()
          .put(
              version,
              new VersionSignature(
                  signature.keyId(), signature.envelope(), signature.author(), signature.time()));
      auditor.write(
          session,
          change,
          version.adapter().tenant(),
          "sign",
          version.reference(),
          new AuditDetail()
              .with("keyId", signature.keyId())
              .with("archive", archive)
              .with("signedBy", signature.author())
              .with("signedAt", signature.time().toString()));
    }
  }

  private static void requireGenuine(
      ArchivedVersion version, ArchivedSignature signature, List<VerifyingKey> trusted)
      throws PublishRefusedException {
    Envelope envelope = parse(signature);
    for (VerifyingKey key : trusted) {
      if (key.id().equals(signature.keyId()) && !envelope.isSignedBy(key)) {
        throw ImportCheck.refused(
            version, "its signature by key %s is not by that key".formatted(key.id()));
      }
    }
  }
}
