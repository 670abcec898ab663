package dev.graft.store;

import dev.graft.store.index.Index;
import dev.graft.store.index.Session;
import dev.graft.store.index.VersionFilter;
import dev.graft.store.model.AdapterLine;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Alias;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.Version;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads the index. */
final class Catalog {
  private final Index index;

  Catalog(Index index) {
    this.index = index;
  }

  /**
   * One statement where all is well; only a miss looks for what there is instead. A digest may take
   * more, to choose among versions.
   */
  Version find(AdapterReference reference) throws IOException {
    if (reference.target() instanceof AdapterReference.ContentDigest) {
      return index.read("resolve " + reference, session -> Finder.version(session, reference));
    }
    Optional<Version> found =
        index.lookUp("resolve " + reference, session -> session.versions().find(reference));
    return found.isPresent()
        ? found.get()
        : index.read("resolve " + reference, session -> Finder.version(session, reference));
  }

  Version resolve(AdapterReference reference) throws IOException {
    Version version = find(reference);
    Finder.requireServed(reference, version);
    return version;
  }

  /** A version that may be looked at, if not served. */
  Version kept(AdapterReference reference) throws IOException {
    Version version = find(reference);
    Finder.requireKept(reference, version);
    return version;
  }

  VersionDetails details(AdapterReference reference) throws IOException {
    return index.read(
        "show " + reference,
        session -> {
          Version version = Finder.version(session, reference);
          return new VersionDetails(
              version,
              session.files().of(version),
              session.parents().of(version.adapter(), version.number()),
              session.tags().of(version),
              session.aliases().of(version.adapter()).stream()
                  .filter(alias -> alias.version() == version.number())
                  .toList());
        });
  }

  List<Tenant> tenants() throws IOException {
    return index.lookUp("list tenants", session -> session.tenants().all());
  }

  Tenant tenant(String name) throws IOException {
    return index.read("show tenant " + name, session -> Finder.tenant(session, name));
  }

  List<AdapterSummary> adapters(String tenant) throws IOException {
    return index.read("list adapters of " + tenant, session -> summaries(session, tenant));
  }

  private static List<AdapterSummary> summaries(Session session, String tenant)
      throws NotInStoreException {
    Finder.tenant(session, tenant);
    Map<AdapterName, Version> newest = session.versions().newestOf(tenant);
    Map<AdapterName, List<Alias>> aliases =
        session.aliases().of(tenant).stream().collect(Collectors.groupingBy(Alias::adapter));
    List<AdapterSummary> summaries = new ArrayList<>();
    for (AdapterLine line : session.adapters().of(tenant)) {
      Version version = newest.get(line.name());
      if (version != null) {
        summaries.add(
            new AdapterSummary(line, version, aliases.getOrDefault(line.name(), List.of())));
      }
    }
    return summaries;
  }

  List<Version> versions(AdapterName adapter) throws IOException {
    return index.read(
        "list versions of " + adapter,
        session -> {
          Finder.adapter(session, adapter);
          return session.versions().of(adapter);
        });
  }

  List<Alias> aliases(AdapterName adapter) throws IOException {
    return index.read(
        "list aliases of " + adapter,
        session -> {
          Finder.adapter(session, adapter);
          return session.aliases().of(adapter);
        });
  }

  Optional<Alias> alias(AdapterName adapter, String alias) throws IOException {
    return index.lookUp(
        "look up alias of " + adapter, session -> session.aliases().find(adapter, alias));
  }

  List<AliasMove> history(AdapterName adapter, String alias) throws IOException {
    return index.read(
        "show history of " + adapter,
        session -> {
          Finder.adapter(session, adapter);
          List<AliasMove> moves = session.aliases().history(adapter, alias);
          if (moves.isEmpty()) {
            throw new NotInStoreException(
                "%s never had an alias \"%s\"; it has had %s"
                    .formatted(adapter, alias, session.aliases().everNamed(adapter)));
          }
          return moves;
        });
  }

  List<AuditLine> audit(Optional<String> tenant, int limit) throws IOException {
    return index.lookUp("read the audit log", session -> session.audit().newest(tenant, limit));
  }

  List<AuditLine> audit(AdapterName adapter, int limit) throws IOException {
    return index.read(
        "read the audit log",
        session -> {
          List<AuditLine> lines = session.audit().newest(adapter, limit);
          if (lines.isEmpty()) {
            Finder.adapter(session, adapter);
          }
          return lines;
        });
  }

  List<AuditLine> auditAfter(long sequence, int limit) throws IOException {
    return index.lookUp("read the audit log", session -> session.audit().after(sequence, limit));
  }

  List<String> verifyAudit() throws IOException {
    return index.read("verify the audit log", session -> session.audit().verify());
  }

  List<Version> search(VersionFilter filter) throws IOException {
    return index.lookUp("search", session -> session.versions().search(filter));
  }
}
