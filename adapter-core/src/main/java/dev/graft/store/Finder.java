package dev.graft.store;

import dev.graft.adapter.NearestNames;
import dev.graft.store.index.Session;
import dev.graft.store.model.AdapterLine;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Alias;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.TenantState;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import dev.graft.store.model.VersionStateException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Finds what must be there, or says what is there instead. */
final class Finder {
  private Finder() {}

  static Tenant tenant(Session session, String name) throws NotInStoreException {
    return session
        .tenants()
        .find(name)
        .orElseThrow(
            () ->
                missing(
                    "tenant \"%s\"".formatted(name),
                    name,
                    session.tenants().names(),
                    "create it first"));
  }

  /** A tenant that may have adapters. */
  static Tenant activeTenant(Session session, String name)
      throws NotInStoreException, VersionStateException {
    Tenant tenant = tenant(session, name);
    if (tenant.state() != TenantState.ACTIVE) {
      throw new VersionStateException(
          "tenant \"%s\" is %s; its name is not used again, create another one"
              .formatted(name, tenant.state() == TenantState.ERASED ? "erased" : "being erased"));
    }
    return tenant;
  }

  static AdapterLine adapter(Session session, AdapterName name) throws NotInStoreException {
    Tenant tenant = tenant(session, name.tenant());
    if (tenant.state() == TenantState.ERASED) {
      throw new NotInStoreException(
          "%s is not in the registry: tenant \"%s\" was erased".formatted(name, tenant.name()));
    }
    return session
        .adapters()
        .find(name)
        .orElseThrow(
            () ->
                missing(
                    "adapter \"%s\"".formatted(name),
                    name.name(),
                    session.adapters().of(name.tenant()).stream()
                        .map(line -> line.name().name())
                        .toList(),
                    "the tenant \"%s\" has others".formatted(name.tenant())));
  }

  /** A version in whatever state. */
  static Version version(Session session, AdapterReference reference) throws NotInStoreException {
    return find(session, reference).orElseThrow(() -> noVersion(session, reference));
  }

  /**
   * A version in whatever state, if it is there. Of several that compute the digest asked for it is
   * one that is served, if any is; then one that {@link Trust} lets pass without a warning, so that
   * publishing again without a signature does not hide what is signed; then an active one; then the
   * newest.
   */
  static Optional<Version> find(Session session, AdapterReference reference) {
    if (!(reference.target() instanceof AdapterReference.ContentDigest content)) {
      return session.versions().find(reference);
    }
    List<Version> found = session.versions().withDigest(reference.adapter(), content.digest());
    Optional<Tenant> tenant =
        found.size() > 1 ? session.tenants().find(reference.adapter().tenant()) : Optional.empty();
    return tenant.stream()
        .flatMap(owner -> found.stream().filter(each -> isTrusted(session, owner, each)))
        .findFirst()
        .or(() -> found.stream().findFirst());
  }

  private static boolean isTrusted(Session session, Tenant tenant, Version version) {
    return version.state().isServed()
        && Trust.problems(session, tenant, version, session.files().of(version)).isEmpty();
  }

  /** A version that may be handed out. */
  static Version served(Session session, AdapterReference reference)
      throws NotInStoreException, VersionStateException {
    Version version = version(session, reference);
    requireServed(reference, version);
    return version;
  }

  static void requireServed(AdapterReference reference, Version version)
      throws VersionStateException {
    if (version.state() == VersionState.BLOCKED) {
      throw new VersionStateException(
          "%s is blocked (version %d of %s); roll back, or activate it again"
              .formatted(reference, version.number(), version.adapter()));
    }
    requireKept(reference, version);
  }

  /** Refuses a version whose files may be gone. */
  static void requireKept(AdapterReference reference, Version version)
      throws VersionStateException {
    if (version.state() == VersionState.DELETED) {
      throw new VersionStateException(
          "%s is deleted (version %d of %s)"
              .formatted(reference, version.number(), version.adapter()));
    }
  }

  private static NotInStoreException noVersion(Session session, AdapterReference reference) {
    AdapterLine line;
    try {
      line = adapter(session, reference.adapter());
    } catch (NotInStoreException e) {
      return e;
    }
    List<Alias> aliases = session.aliases().of(reference.adapter());
    if (reference.target() instanceof AdapterReference.AliasName alias) {
      return missing(
          "alias \"%s\" of %s".formatted(alias.alias(), reference.adapter()),
          alias.alias(),
          aliases.stream().map(Alias::name).toList(),
          "point it to one of the versions 1 to %d, or name a version with @"
              .formatted(line.lastVersion()));
    }
    return new NotInStoreException(
        "%s is not in the registry; there are versions 1 to %d and the aliases %s"
            .formatted(reference, line.lastVersion(), aliases.stream().map(Alias::name).toList()));
  }

  private static NotInStoreException missing(
      String what, String wanted, Collection<String> known, String remedy) {
    String near = NearestNames.suggestion(wanted, known);
    return new NotInStoreException(
        "%s is not in the registry; %s".formatted(what, near.isEmpty() ? remedy : near));
  }
}
