package dev.graft.store.archive;

import dev.graft.signing.Envelope;
import dev.graft.signing.SigningException;
import dev.graft.store.archive.ArchivedVersion.ArchivedSignature;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks the form of signatures in an archive. What they are over, and by whom, is not told by
 * their form.
 */
final class ArchivedSignatureCheck {
  private static final int MAX_SIGNATURES = 100;

  private ArchivedSignatureCheck() {}

  /** Check those of a version. */
  static void check(List<ArchivedSignature> signatures) {
    ArchiveCheck.requireAtMost(MAX_SIGNATURES, "signatures", signatures);
    Set<String> keys = new HashSet<>();
    for (ArchivedSignature signature : signatures) {
      String key = Names.quote(signature.keyId());
      ArchiveCheck.at("signature by key " + key, () -> check(signature));
      ArchiveCheck.require(
          keys.add(signature.keyId()), () -> "it has two signatures by key " + key);
    }
  }

  /** Check one. */
  static void check(ArchivedSignature signature) {
    AdapterReference.checkDigest("key id", signature.keyId());
    ArchiveCheck.texts(signature.author(), "");
    ArchiveCheck.require(
        signature.envelope().length() <= ArchiveJson.MAX_TEXT,
        () -> "its envelope has more than %d characters".formatted(ArchiveJson.MAX_TEXT));
    List<String> keys = envelope(signature).keyIds();
    ArchiveCheck.require(
        keys.equals(List.of(signature.keyId())), () -> "its envelope names another key, or more");
  }

  private static Envelope envelope(ArchivedSignature signature) {
    try {
      return Envelope.parse(signature.envelope());
    } catch (SigningException e) {
      throw new IllegalArgumentException("it has no envelope (%s)".formatted(e.getMessage()), e);
    }
  }
}
