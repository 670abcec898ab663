package dev.graft.store;

import dev.graft.signing.Envelope;
import dev.graft.signing.SigningException;
import dev.graft.signing.SigningKey;
import dev.graft.signing.VerifyingKey;
import dev.graft.store.index.Index;
import dev.graft.store.index.Session;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.SignaturePolicy;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreFormatException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.TrustedKey;
import dev.graft.store.model.UntrustedVersionException;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * The registry's signatures: of versions, by keys that tenants trust. Which keys those are, and
 * what is done about versions without a signature, stands in the index, so whoever can write to the
 * database itself can change both. {@link #verify(AdapterReference, List)} takes the keys from
 * elsewhere.
 */
public final class Signing {
  private final Index index;
  private final Checkout checkout;
  private final Signer signer;
  private final Auditor auditor;

  Signing(Index index, Checkout checkout, Auditor auditor) {
    this.index = index;
    this.checkout = checkout;
    this.signer = new Signer(auditor);
    this.auditor = auditor;
  }

  /**
   * Sign a version, of whatever state but deleted, after every byte of it was read. Where the key
   * has signed it already, nothing is written.
   */
  public SigningResult sign(AdapterReference reference, SigningKey key, Change change)
      throws IOException {
    Checkout.Inspected inspected = checkout.inspect(reference);
    Version version = inspected.adapter().version();
    byte[] read = SignedStatement.of(version, inspected.files());
    return index.write(
        "sign " + version.reference(),
        change.dryRun(),
        session -> {
          Version now = Finder.version(session, version.reference());
          Finder.requireKept(now.reference(), now);
          List<VersionFile> files = session.files().of(now);
          if (!Arrays.equals(read, SignedStatement.of(now, files))) {
            throw new DamagedStoreException(
                "the index says something else of %s than a moment ago; find out who has access to the index"
                    .formatted(now.reference()));
          }
          boolean isNew = signer.sign(session, now, files, key, change);
          return new SigningResult(isNew, report(session, now, files));
        });
  }

  private static SignatureReport report(Session session, Version version, List<VersionFile> files)
      throws StoreException {
    return Trust.report(session, version, files, Trust.keys(session, version.adapter().tenant()));
  }

  /** What the index has of signatures of a version. Its files are not read. */
  public SignatureReport of(AdapterReference reference) throws IOException {
    return index.read(
        "look up the signatures of " + reference,
        session -> {
          Version version = Finder.version(session, reference);
          return report(session, version, session.files().of(version));
        });
  }

  /**
   * Read every byte of a version, of whatever state but deleted, and judge its signatures by the
   * keys that its tenant trusts.
   *
   * @throws DamagedStoreException if a byte is not what was published
   */
  public SignatureReport verify(AdapterReference reference) throws IOException {
    Checkout.Inspected inspected = checkout.inspect(reference);
    return index.read(
        "verify " + reference,
        session -> report(session, inspected.adapter().version(), inspected.files()));
  }

  /** As {@link #verify(AdapterReference)}, by these keys, whatever the index trusts. */
  public SignatureReport verify(AdapterReference reference, List<VerifyingKey> trusted)
      throws IOException {
    Checkout.Inspected inspected = checkout.inspect(reference);
    return index.read(
        "verify " + reference,
        session ->
            Trust.report(session, inspected.adapter().version(), inspected.files(), trusted));
  }

  /**
   * As {@link AdapterStore#pull}, if one of these keys has signed the version, whatever the index
   * trusts; and nothing is written otherwise. What the tenant's own rule refuses stays refused.
   *
   * @param keys at least one
   * @throws UntrustedVersionException if none of them has signed it
   */
  public PulledVersion pull(
      AdapterReference reference, Path target, boolean replace, List<VerifyingKey> keys)
      throws IOException {
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("there is no key to verify with; give one at least");
    }
    return checkout.pull(reference, target, replace, keys);
  }

  /**
   * Sign the certificate of an erasure, for those who do not have the registry.
   *
   * @param certificate its JSON
   * @return a DSSE envelope, as JSON
   */
  public static String signCertificate(String certificate, SigningKey key)
      throws StoreFormatException {
    byte[] statement = SignedStatement.of(ErasureCertificate.read(certificate), certificate);
    return Envelope.sign(SignedStatement.PAYLOAD_TYPE, statement, key).json();
  }

  /**
   * Whether an envelope has the signature of a key over a certificate.
   *
   * @throws SigningException if it is no envelope
   */
  public static boolean isSigned(String certificate, String envelope, VerifyingKey key)
      throws StoreFormatException, SigningException {
    byte[] statement = SignedStatement.of(ErasureCertificate.read(certificate), certificate);
    Envelope read = Envelope.parse(envelope);
    return read.payloadType().equals(SignedStatement.PAYLOAD_TYPE)
        && Arrays.equals(read.payload(), statement)
        && read.isSignedBy(key);
  }

  /** The keys that a tenant trusts, by id. */
  public List<TrustedKey> trustedKeys(String tenant) throws IOException {
    return index.read(
        "list the trusted keys of " + tenant,
        session -> session.trustedKeys().of(Finder.tenant(session, tenant).name()));
  }

  /** Let a tenant trust what a key signs; says whether it did not before. */
  public boolean trust(String tenant, VerifyingKey key, Change change) throws IOException {
    return index.write(
        "trust a key of " + tenant,
        change.dryRun(),
        session -> {
          Finder.activeTenant(session, tenant);
          Instant now = Instant.ofEpochMilli(auditor.clock().instant().toEpochMilli());
          TrustedKey row = new TrustedKey(key.id(), key.pem(), change.author(), now, change.note());
          boolean isNew = session.trustedKeys().add(tenant, row);
          if (isNew) {
            auditor.write(session, change, tenant, TrustCheck.TRUST, key.id(), new AuditDetail());
          }
          return isNew;
        });
  }

  /**
   * Let a tenant trust a key no more.
   *
   * @param evenInUse whether to do so where an alias points to a version that would be refused then
   * @throws UntrustedVersionException if that is so; it names the aliases
   * @throws NotInStoreException if the tenant does not trust the key
   */
  public void distrust(String tenant, String keyId, boolean evenInUse, Change change)
      throws IOException {
    index.write(
        "distrust a key of " + tenant,
        change.dryRun(),
        session -> {
          Finder.activeTenant(session, tenant);
          if (!session.trustedKeys().remove(tenant, keyId)) {
            throw new NotInStoreException(
                "tenant \"%s\" trusts no key %s; it trusts %s"
                    .formatted(
                        tenant,
                        keyId,
                        session.trustedKeys().of(tenant).stream().map(TrustedKey::keyId).toList()));
          }
          requireServing(session, tenant, evenInUse);
          auditor.write(session, change, tenant, TrustCheck.DISTRUST, keyId, new AuditDetail());
          return keyId;
        });
  }

  /**
   * Decide what is done about a tenant's versions that no trusted key has signed.
   *
   * @param evenInUse whether to require signatures although an alias points to a version without
   * @throws UntrustedVersionException if that is so; it names the aliases
   */
  public Tenant setPolicy(String tenant, SignaturePolicy policy, boolean evenInUse, Change change)
      throws IOException {
    return index.write(
        "set the signature policy of " + tenant,
        change.dryRun(),
        session -> {
          Tenant before = Finder.activeTenant(session, tenant);
          if (before.signatures() == policy) {
            return before;
          }
          session.tenants().setSignatures(tenant, policy);
          requireServing(session, tenant, evenInUse);
          auditor.write(
              session,
              change,
              tenant,
              TrustCheck.POLICY,
              tenant,
              new AuditDetail()
                  .with("before", before.signatures().text())
                  .with(TrustCheck.AFTER, policy.text()));
          return Finder.tenant(session, tenant);
        });
  }

  private static void requireServing(Session session, String tenant, boolean evenInUse)
      throws StoreException {
    List<String> refused = evenInUse ? List.of() : Trust.refusedAliases(session, tenant);
    if (!refused.isEmpty()) {
      throw new UntrustedVersionException(
          "what these point to would be refused from now on, since no trusted key has signed it: %s; sign it, or give --force"
              .formatted(String.join(", ", refused)));
    }
  }
}
