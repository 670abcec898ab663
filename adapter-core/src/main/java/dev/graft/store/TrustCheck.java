package dev.graft.store;

import dev.graft.store.index.Session;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.SignaturePolicy;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.TrustedKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Compares the keys that tenants trust, and their rules about signatures, with what the audit log
 * says last. Every tenant begins with no key and the rule {@code off}, whether it is created or
 * imported, and ends so when it is erased. Nothing is repaired: which of both is right is for
 * people to say, and either may put what is served out of service.
 */
final class TrustCheck {
  static final String TRUST = "trust-key";
  static final String DISTRUST = "distrust-key";
  static final String POLICY = "set-signatures";
  static final String AFTER = "after";

  private static final List<String> ACTIONS = List.of(TRUST, DISTRUST, POLICY, Eraser.ACTION);
  private static final String REMEDY = "and find out who has access to the index";

  private TrustCheck() {}

  static List<Finding> findings(Session session) {
    Map<String, Told> told = new HashMap<>();
    for (AuditLine line : session.audit().withActions(ACTIONS)) {
      told.computeIfAbsent(line.tenant(), name -> new Told()).take(line);
    }
    List<Finding> findings = new ArrayList<>();
    for (Tenant tenant : session.tenants().all()) {
      Told expected = told.getOrDefault(tenant.name(), new Told());
      checkPolicy(tenant, expected, findings);
      checkKeys(tenant.name(), session.trustedKeys().of(tenant.name()), expected, findings);
    }
    return findings;
  }

  /** What the log says of a tenant: the last line about each key, and about its rule. */
  private static final class Told {
    private final Map<String, AuditLine> keys = new TreeMap<>();
    private String policy = SignaturePolicy.OFF.text();
    private long policyLine;

    void take(AuditLine line) {
      switch (line.action()) {
        case TRUST, DISTRUST -> keys.put(line.subject(), line);
        case POLICY -> {
          policy = AuditDetail.text(line.detail(), AFTER);
          policyLine = line.sequence();
        }
        default -> {
          keys.clear();
          policy = SignaturePolicy.OFF.text();
          policyLine = line.sequence();
        }
      }
    }

    boolean trusts(String keyId) {
      AuditLine last = keys.get(keyId);
      return last != null && last.action().equals(TRUST);
    }

    /** Half a sentence on a key that the log does not have trusted. */
    String why(String keyId) {
      AuditLine last = keys.get(keyId);
      return last == null
          ? "has no line that says so"
          : "says in line %d that it does so no more".formatted(last.sequence());
    }
  }

  private static void checkPolicy(Tenant tenant, Told told, List<Finding> findings) {
    String found = tenant.signatures().text();
    if (!found.equals(told.policy)) {
      String where =
          told.policyLine == 0
              ? "the audit log has no line that changed it from \"%s\"".formatted(told.policy)
              : "the audit log says \"%s\" in line %d".formatted(told.policy, told.policyLine);
      findings.add(
          off(
              tenant.name(),
              "its rule about signatures is \"%s\" in the index, but %s; somebody wrote to the index itself; set the rule that is meant, "
                  .formatted(found, where)));
    }
  }

  private static void checkKeys(
      String tenant, List<TrustedKey> rows, Told told, List<Finding> findings) {
    Set<String> found = rows.stream().map(TrustedKey::keyId).collect(Collectors.toSet());
    for (TrustedKey row : rows) {
      if (!told.trusts(row.keyId())) {
        findings.add(
            off(
                tenant,
                "the index trusts key %s, but the audit log %s; somebody wrote to the index itself; distrust the key, look at what it has signed, "
                    .formatted(row.keyId(), told.why(row.keyId()))));
      }
    }
    for (AuditLine line : told.keys.values()) {
      if (told.trusts(line.subject()) && !found.contains(line.subject())) {
        findings.add(
            off(
                tenant,
                "the index does not trust key %s, but the audit log says in line %d that it does; somebody wrote to the index itself; trust the key again, if only to distrust it then, "
                    .formatted(line.subject(), line.sequence())));
      }
    }
  }

  private static Finding off(String tenant, String explanation) {
    return new Finding(Finding.Kind.TRUST_OFF_LOG, tenant, explanation + REMEDY, false);
  }
}
