package dev.graft.store;

import dev.graft.signing.Envelope;
import dev.graft.signing.SigningException;
import dev.graft.signing.VerifyingKey;
import dev.graft.store.index.Session;
import dev.graft.store.model.Alias;
import dev.graft.store.model.SignaturePolicy;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.TrustedKey;
import dev.graft.store.model.UntrustedVersionException;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import dev.graft.store.model.VersionSignature;
import dev.graft.store.model.VersionState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Judges signatures, and applies what a tenant wants done about versions without one. */
final class Trust {
  private Trust() {}

  /** The keys that a tenant trusts. A row that is damaged trusts nothing, and fsck reports it. */
  static List<VerifyingKey> keys(Session session, String tenant) {
    return session.trustedKeys().of(tenant).stream().flatMap(row -> parse(row).stream()).toList();
  }

  /** The key of a row, if it is the one that the row names. */
  static Optional<VerifyingKey> parse(TrustedKey row) {
    try {
      return Optional.of(VerifyingKey.parse(row.publicKey(), row.keyId()))
          .filter(key -> key.id().equals(row.keyId()));
    } catch (SigningException e) {
      return Optional.empty();
    }
  }

  /**
   * Judge the signatures of a version. Those of a deleted one, whose files may be gone, cannot be.
   *
   * @param files the files that the signatures should be over
   */
  static SignatureReport report(
      Session session, Version version, List<VersionFile> files, List<VerifyingKey> trusted) {
    if (version.state() == VersionState.DELETED) {
      return new SignatureReport(version, List.of());
    }
    byte[] statement = SignedStatement.of(version, files);
    List<SignatureReport.Entry> entries =
        session.signatures().of(version).stream()
            .map(
                row ->
                    new SignatureReport.Entry(
                        row.keyId(), row.author(), row.time(), judge(row, statement, trusted)))
            .toList();
    return new SignatureReport(version, entries);
  }

  private static SignatureReport.Verdict judge(
      VersionSignature row, byte[] statement, List<VerifyingKey> trusted) {
    Envelope envelope;
    try {
      envelope = Envelope.parse(row.envelope());
    } catch (SigningException e) {
      return SignatureReport.Verdict.INVALID;
    }
    boolean isOverThis =
        envelope.payloadType().equals(SignedStatement.PAYLOAD_TYPE)
            && Arrays.equals(envelope.payload(), statement)
            && envelope.keyIds().contains(row.keyId());
    if (!isOverThis) {
      return SignatureReport.Verdict.INVALID;
    }
    return trusted.stream()
        .filter(key -> key.id().equals(row.keyId()))
        .findFirst()
        .map(
            key ->
                envelope.isSignedBy(key)
                    ? SignatureReport.Verdict.TRUSTED
                    : SignatureReport.Verdict.INVALID)
        .orElse(SignatureReport.Verdict.UNKNOWN_KEY);
  }

  /**
   * Refuse a version that no trusted key has signed, where its tenant requires one.
   *
   * @param files the files that are handed out
   * @return what to warn of
   */
  static List<String> require(Session session, Version version, List<VersionFile> files)
      throws StoreException {
    Tenant tenant = Finder.tenant(session, version.adapter().tenant());
    List<String> problems = problems(session, tenant, version, files);
    if (!problems.isEmpty() && tenant.signatures() == SignaturePolicy.REQUIRE) {
      throw new UntrustedVersionException(problems.get(0));
    }
    return problems;
  }

  /** What is wrong with a version's signatures in the eyes of its tenant; at most one sentence. */
  static List<String> problems(
      Session session, Tenant tenant, Version version, List<VersionFile> files) {
    if (tenant.signatures() == SignaturePolicy.OFF) {
      return List.of();
    }
    SignatureReport report = report(session, version, files, keys(session, tenant.name()));
    return report.isTrusted()
        ? List.of()
        : List.of(
            "%s is not signed by a key that tenant \"%s\" trusts: %s; sign it, or trust the key that did"
                .formatted(version.reference(), tenant.name(), report.summary()));
  }

  /** Whether {@link #require} would let a version pass. */
  static boolean isAcceptable(Session session, Version version) throws StoreException {
    try {
      require(session, version, session.files().of(version));
      return true;
    } catch (UntrustedVersionException e) {
      return false;
    }
  }

  /** Aliases of a tenant to versions that {@link #require} does not let pass. */
  static List<String> refusedAliases(Session session, String tenant) throws StoreException {
    Tenant row = Finder.tenant(session, tenant);
    return row.signatures() == SignaturePolicy.REQUIRE ? unsignedAliases(session, row) : List.of();
  }

  /** Aliases to versions that {@link #problems} finds something wrong with. */
  static List<String> unsignedAliases(Session session, Tenant tenant) {
    List<String> unsigned = new ArrayList<>();
    for (Alias alias : session.aliases().of(tenant.name())) {
      Optional<Version> version = session.versions().find(alias.adapter(), alias.version());
      if (version.isPresent()
          && !problems(session, tenant, version.get(), session.files().of(version.get()))
              .isEmpty()) {
        unsigned.add("%s (@%d)".formatted(alias.adapter().alias(alias.name()), alias.version()));
      }
    }
    return unsigned;
  }
}
