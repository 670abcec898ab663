package dev.graft.store;

import dev.graft.store.index.Index;
import dev.graft.store.index.Session;
import dev.graft.store.index.Tags;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Alias;
import dev.graft.store.model.Names;
import dev.graft.store.model.Quota;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Tenants, states and tags: everything that changes but aliases and publishing. */
final class Lifecycle {
  private final Index index;
  private final Auditor auditor;
  private final Clock clock;

  Lifecycle(Index index, Auditor auditor, Clock clock) {
    this.index = index;
    this.auditor = auditor;
    this.clock = clock;
  }

  Tenant createTenant(String name, Quota quota, String keyId, Change change) throws IOException {
    Names.check("tenant", name);
    return index.write(
        "create tenant " + name,
        change.dryRun(),
        session -> {
          Optional<Tenant> found = session.tenants().find(name);
          if (found.isPresent()) {
            throw new VersionStateException(
                "tenant \"%s\" exists already, since %s".formatted(name, found.get().time()));
          }
          Instant now = Instant.ofEpochMilli(clock.instant().toEpochMilli());
          Tenant tenant = Tenant.created(name, quota, keyId, change.author(), now, change.note());
          session.tenants().insert(tenant);
          AuditDetail detail = detail(quota);
          if (!keyId.isEmpty()) {
            detail.with("keyId", keyId);
          }
          auditor.write(session, change, name, "create-tenant", name, detail);
          return tenant;
        });
  }

  Tenant setQuota(String name, Quota quota, Change change) throws IOException {
    return index.write(
        "set the quota of " + name,
        change.dryRun(),
        session -> {
          Finder.activeTenant(session, name);
          session.tenants().setQuota(name, quota);
          auditor.write(session, change, name, "set-quota", name, detail(quota));
          return Finder.tenant(session, name);
        });
  }

  static AuditDetail detail(Quota quota) {
    AuditDetail detail = new AuditDetail();
    put(detail, "maxBytes", quota.bytes());
    put(detail, "maxVersions", quota.versions());
    return detail;
  }

  private static void put(AuditDetail detail, String name, OptionalLong limit) {
    limit.ifPresent(value -> detail.with(name, value));
  }

  Version setState(AdapterReference reference, VersionState state, Change change)
      throws IOException {
    return index.write(
        "make %s %s".formatted(reference, state.text()),
        change.dryRun(),
        session -> setState(session, Finder.version(session, reference), state, change));
  }

  /** A version that is in the state already is left alone. */
  Version setState(Session session, Version version, VersionState state, Change change)
      throws StoreException {
    if (version.state() == state) {
      return version;
    }
    if (version.state() == VersionState.DELETED) {
      throw new VersionStateException(
          "%s is deleted and stays so; publish it again".formatted(version.reference()));
    }
    if (state == VersionState.DELETED) {
      requireUnused(session, version);
      session.tenants().addUsage(version.adapter().tenant(), -version.sizeBytes(), -1);
    }
    session.versions().setState(version.adapter(), version.number(), state, clock.instant());
    auditor.write(
        session,
        change,
        version.adapter().tenant(),
        verb(state),
        version.reference(),
        new AuditDetail().with("before", version.state().text()));
    return Finder.version(session, version.reference());
  }

  private static String verb(VersionState state) {
    return switch (state) {
      case ACTIVE -> "activate";
      case DEPRECATED -> "deprecate";
      case BLOCKED -> "block";
      case DELETED -> "delete";
    };
  }

  private static void requireUnused(Session session, Version version) throws VersionStateException {
    List<String> aliases =
        session.aliases().of(version.adapter()).stream()
            .filter(alias -> alias.version() == version.number())
            .map(Alias::name)
            .toList();
    if (!aliases.isEmpty()) {
      throw new VersionStateException(
          "%s cannot be deleted: the aliases %s point to it; move or remove them first"
              .formatted(version.reference(), aliases));
    }
  }

  boolean tag(AdapterReference reference, String tag, Change change) throws IOException {
    return label("tag", reference, tag, change, Tags::add);
  }

  boolean untag(AdapterReference reference, String tag, Change change) throws IOException {
    return label("untag", reference, tag, change, Tags::remove);
  }

  /** What is done to a version's tags; says whether it changed them. */
  @FunctionalInterface
  private interface Labelling {
    boolean apply(Tags tags, Version version, String tag);
  }

  private boolean label(
      String action, AdapterReference reference, String tag, Change change, Labelling labelling)
      throws IOException {
    Names.check("tag", tag);
    return index.write(
        action + " " + reference,
        change.dryRun(),
        session -> {
          Version version = Finder.version(session, reference);
          boolean changed = labelling.apply(session.tags(), version, tag);
          if (changed) {
            auditor.write(
                session,
                change,
                version.adapter().tenant(),
                action,
                version.reference(),
                new AuditDetail().with("tag", tag));
          }
          return changed;
        });
  }
}
