package dev.graft.store;

import dev.graft.signing.VerifyingKey;
import dev.graft.store.index.Session;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.SignaturePolicy;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.TrustedKey;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks for signatures that are none, and for aliases that signatures put out of service. */
final class SignatureCheck {
  private SignatureCheck() {}

  static List<Finding> findings(Session session) throws StoreException {
    List<Finding> findings = new ArrayList<>();
    for (Tenant tenant : session.tenants().all()) {
      checkKeys(session, tenant.name(), findings);
      if (tenant.signatures() == SignaturePolicy.REQUIRE) {
        checkAliases(session, tenant.name(), findings);
      }
    }
    for (AdapterReference reference : session.signatures().signed()) {
      Optional<Version> version = session.versions().find(reference);
      if (version.isPresent() && version.get().state() != VersionState.DELETED) {
        checkSignatures(session, version.get(), findings);
      }
    }
    return findings;
  }

  private static void checkKeys(Session session, String tenant, List<Finding> findings) {
    for (TrustedKey row : session.trustedKeys().of(tenant)) {
      if (Trust.parse(row).isEmpty()) {
        findings.add(
            bad(
                tenant,
                "its trusted key %s is another key, or none; distrust it, and trust the right one"
                    .formatted(row.keyId())));
      }
    }
  }

  private static void checkAliases(Session session, String tenant, List<Finding> findings)
      throws StoreException {
    for (String alias : Trust.refusedAliases(session, tenant)) {
      findings.add(
          new Finding(
              Finding.Kind.REFUSED_ALIAS,
              alias,
              "no key that the tenant trusts has signed what it points to; sign it",
              false));
    }
  }

  /** A key that is not trusted leaves open who signed; what was signed can be told. */
  private static void checkSignatures(Session session, Version version, List<Finding> findings) {
    List<VerifyingKey> trusted = Trust.keys(session, version.adapter().tenant());
    SignatureReport report = Trust.report(session, version, session.files().of(version), trusted);
    for (SignatureReport.Entry entry : report.signatures()) {
      if (entry.verdict() == SignatureReport.Verdict.INVALID) {
        findings.add(
            bad(
                version.reference().toString(),
                "its signature by key %s is over something else, or not by that key; sign it again, and find out who has access to the index"
                    .formatted(entry.keyId())));
      }
    }
  }

  private static Finding bad(String subject, String explanation) {
    return new Finding(Finding.Kind.BAD_SIGNATURE, subject, explanation, false);
  }
}
