package dev.graft.store;

import dev.graft.store.index.Index;
import dev.graft.store.index.Session;
import dev.graft.store.index.Tenants;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.Alias;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.TenantState;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks what the index says of itself: rows, totals, aliases and the audit log. */
final class IndexCheck {
  private final Index index;
  private final Auditor auditor;

  IndexCheck(Index index, Auditor auditor) {
    this.index = index;
    this.auditor = auditor;
  }

  void run(Change repair, List<Finding> findings) throws IOException {
    index.read("check the index", session -> findings.addAll(withoutRepair(session)));
    List<Finding> repairable =
        index.read("check the index", session -> repairable(session, repair, false));
    if (!repairable.isEmpty() && !repair.dryRun()) {
      repairable =
          index.write("repair the index", false, session -> repairable(session, repair, true));
    }
    findings.addAll(repairable);
  }

  private static List<Finding> withoutRepair(Session session) {
    List<Finding> findings = new ArrayList<>();
    for (String problem : session.integrityProblems()) {
      findings.add(
          new Finding(
              Finding.Kind.DANGLING_ROW,
              "index",
              problem + "; restore the index from a backup",
              false));
    }
    for (String problem : session.audit().verify()) {
      findings.add(
          new Finding(
              Finding.Kind.BROKEN_AUDIT,
              "audit log",
              problem + "; compare with a backup, and find out who has access to the index",
              false));
    }
    for (Version version : session.versions().withoutAuditLine()) {
      findings.add(
          new Finding(
              Finding.Kind.BROKEN_AUDIT,
              version.reference().toString(),
              "its publication has no line %d in the audit log".formatted(version.sequence()),
              false));
    }
    return findings;
  }

  private List<Finding> repairable(Session session, Change repair, boolean really) {
    List<Finding> findings = new ArrayList<>();
    for (Tenant tenant : session.tenants().all()) {
      checkTotals(session, tenant, repair, really, findings);
    }
    Set<String> erasing = erasing(session);
    for (AliasKey key : aliasKeys(session)) {
      // An erasure that stopped halfway has taken the aliases and not yet their history.
      if (!erasing.contains(key.adapter().tenant())) {
        checkAlias(session, key, repair, really, findings);
      }
    }
    return findings;
  }

  private static Set<String> erasing(Session session) {
    return session.tenants().all().stream()
        .filter(tenant -> tenant.state() == TenantState.ERASING)
        .map(Tenant::name)
        .collect(Collectors.toSet());
  }

  private void checkTotals(
      Session session, Tenant tenant, Change repair, boolean really, List<Finding> findings) {
    Tenants.Usage counted = session.tenants().countedUsage(tenant.name());
    if (counted.bytes() == tenant.usedBytes() && counted.versions() == tenant.usedVersions()) {
      return;
    }
    if (really) {
      session.tenants().setUsage(tenant.name(), counted);
      auditor.write(
          session,
          repair,
          tenant.name(),
          "repair-totals",
          tenant.name(),
          new AuditDetail().with("bytes", counted.bytes()).with("versions", counted.versions()));
    }
    findings.add(
        new Finding(
            Finding.Kind.WRONG_TOTALS,
            tenant.name(),
            "the totals say %d bytes in %d versions, the versions add up to %d bytes in %d"
                .formatted(
                    tenant.usedBytes(), tenant.usedVersions(), counted.bytes(), counted.versions()),
            really));
  }

  private record AliasKey(AdapterName adapter, String alias) {
    @Override
    public String toString() {
      return adapter + ":" + alias;
    }
  }

  private static Set<AliasKey> aliasKeys(Session session) {
    Set<AliasKey> keys = new LinkedHashSet<>();
    for (Alias alias : session.aliases().all()) {
      keys.add(new AliasKey(alias.adapter(), alias.name()));
    }
    session.aliases().forEachEverNamed((adapter, alias) -> keys.add(new AliasKey(adapter, alias)));
    return keys;
  }

  private void checkAlias(
      Session session, AliasKey key, Change repair, boolean really, List<Finding> findings) {
    Optional<Alias> row = session.aliases().find(key.adapter(), key.alias());
    Optional<Alias> told =
        session.aliases().lastMove(key.adapter(), key.alias()).flatMap(move -> after(key, move));
    if (!row.equals(told)) {
      if (really) {
        told.ifPresentOrElse(
            alias -> session.aliases().put(alias),
            () -> session.aliases().delete(key.adapter(), key.alias()));
        write(session, repair, key, "repair-alias");
      }
      findings.add(
          new Finding(
              Finding.Kind.ALIAS_OFF_HISTORY,
              key.toString(),
              "it points to %s, its history says %s".formatted(target(row), target(told)),
              really));
    } else if (row.isPresent() && isDeleted(session, row.get())) {
      if (really) {
        remove(session, key, row.get(), repair);
      }
      findings.add(
          new Finding(
              Finding.Kind.ALIAS_TO_DELETED,
              key.toString(),
              "it points to version %d, which is deleted".formatted(row.get().version()),
              really));
    }
  }

  private static Optional<Alias> after(AliasKey key, AliasMove move) {
    return move.version().isPresent()
        ? Optional.of(
            new Alias(key.adapter(), key.alias(), move.version().getAsInt(), move.revision()))
        : Optional.empty();
  }

  private static String target(Optional<Alias> alias) {
    return alias
        .map(a -> "version %d at revision %d".formatted(a.version(), a.revision()))
        .orElse("nothing");
  }

  private static boolean isDeleted(Session session, Alias alias) {
    return session
        .versions()
        .find(alias.adapter(), alias.version())
        .map(version -> version.state() == VersionState.DELETED)
        .orElse(true);
  }

  private void remove(Session session, AliasKey key, Alias alias, Change repair) {
    long sequence = write(session, repair, key, "remove-alias");
    session
        .aliases()
        .apply(
            key.adapter(),
            key.alias(),
            new AliasMove(
                alias.revision() + 1,
                AliasMove.Kind.REMOVE,
                OptionalInt.empty(),
                OptionalInt.of(alias.revision()),
                repair.author(),
                auditor.clock().instant(),
                repair.note(),
                sequence));
  }

  private long write(Session session, Change repair, AliasKey key, String action) {
    return auditor
        .write(session, repair, key.adapter().tenant(), action, key, new AuditDetail())
        .sequence();
  }
}
