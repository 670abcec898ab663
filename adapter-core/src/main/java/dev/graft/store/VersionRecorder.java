package dev.graft.store;

import dev.graft.signing.SigningKey;
import dev.graft.store.check.Gate;
import dev.graft.store.index.Session;
import dev.graft.store.model.AdapterLine;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.Parent;
import dev.graft.store.model.PublishRefusedException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.QuotaExceededException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import dev.graft.store.model.VersionStateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes a version whose blobs are stored into the index, inside a transaction. */
final class VersionRecorder {
  private final Auditor auditor;
  private final AliasMover mover;
  private final Signer signer;

  VersionRecorder(Auditor auditor, AliasMover mover) {
    this.auditor = auditor;
    this.mover = mover;
    this.signer = new Signer(auditor);
  }

  PublishResult record(Session session, PublishRequest request, Candidate candidate, Change change)
      throws StoreException {
    AdapterName name = request.adapter();
    Tenant tenant = Finder.tenant(session, name.tenant());
    refuseBlocked(session, name, candidate);
    Optional<AdapterLine> line = session.adapters().find(name);
    if (line.isPresent() && !request.newBaseAllowed()) {
      requireSameBase(line.get(), candidate);
    }
    List<String> warnings = new ArrayList<>(candidate.warnings());
    checkGates(session, request, candidate, warnings);
    Optional<Version> existing =
        session.versions().withManifest(name, candidate.digest(), candidate.manifest());
    Version version =
        existing.isPresent()
            ? existing.get()
            : insert(session, request, candidate, change, tenant, line);
    existing.ifPresent(
        same ->
            warnings.add(
                "version %d has exactly these files; no new version was made"
                    .formatted(same.number())));
    for (String tag : request.tags()) {
      session.tags().add(version, tag);
    }
    if (request.signingKey().isPresent()) {
      signer.sign(session, version, candidate.files(), request.signingKey().get(), change);
    }
    warnings.addAll(Trust.problems(session, tenant, version, candidate.files()));
    Optional<AliasChange> alias = Optional.empty();
    if (request.alias().isPresent()) {
      alias =
          Optional.of(
              mover.promote(session, version, request.alias().get(), request.expected(), change));
    }
    return new PublishResult(
        version,
        existing.isEmpty(),
        alias,
        request.signingKey().map(SigningKey::id),
        candidate.probesChecked(),
        warnings);
  }

  private static void refuseBlocked(Session session, AdapterName name, Candidate candidate)
      throws VersionStateException {
    Optional<Version> blocked = session.versions().blockedWith(name, candidate.digest());
    if (blocked.isPresent()) {
      throw new VersionStateException(
          "the adapter computes the same as %s, which is blocked; activate that version if it is to be used again"
              .formatted(blocked.get().reference()));
    }
  }

  private static void requireSameBase(AdapterLine line, Candidate candidate)
      throws PublishRefusedException {
    requireSame("base", line.name(), line.baseDigest(), candidate.facts().baseDigest());
    requireSame(
        "tokenizer", line.name(), line.tokenizerDigest(), candidate.facts().tokenizerDigest());
  }

  private static void requireSame(String what, AdapterName name, String expected, String found)
      throws PublishRefusedException {
    if (!expected.equals(found)) {
      throw new PublishRefusedException(
          "%s belongs to %s %s, the new version to %s; publish it under another name, or allow a new base"
              .formatted(name, what, expected, found));
    }
  }

  private static void checkGates(
      Session session, PublishRequest request, Candidate candidate, List<String> warnings)
      throws PublishRefusedException {
    List<String> failures = new ArrayList<>();
    for (Gate gate : request.gates()) {
      gate.failure(candidate.metrics()).ifPresent(failures::add);
    }
    if (request.notWorseThan().isPresent()) {
      String alias = request.notWorseThan().get().alias();
      Optional<Version> live = session.versions().find(request.adapter().alias(alias));
      if (live.isPresent()) {
        Map<String, Double> metrics = live.get().metrics();
        request.notWorseThan().get().failure(candidate.metrics(), metrics).ifPresent(failures::add);
      } else {
        warnings.add(
            "there is no \"%s\" of %s yet to compare with".formatted(alias, request.adapter()));
      }
    }
    if (!failures.isEmpty()) {
      throw new PublishRefusedException(
          "%s is not published: %s".formatted(request.adapter(), String.join("; ", failures)));
    }
  }

  private Version insert(
      Session session,
      PublishRequest request,
      Candidate candidate,
      Change change,
      Tenant tenant,
      Optional<AdapterLine> line)
      throws StoreException {
    long size = candidate.sizeBytes();
    requireRoom(tenant, size);
    List<Parent> parents = parents(session, request);
    int number = line.map(AdapterLine::lastVersion).orElse(0) + 1;
    AuditLine audit = audit(session, request, candidate, change, number, parents);
    Version version =
        new Version(
            request.adapter(),
            number,
            VersionState.ACTIVE,
            candidate.digest(),
            candidate.manifest(),
            candidate.facts().baseDigest(),
            candidate.facts().tokenizerDigest(),
            candidate.facts().type(),
            candidate.facts().rank(),
            size,
            candidate.metrics(),
            change.author(),
            audit.time(),
            change.note(),
            audit.sequence());
    session
        .adapters()
        .put(
            new AdapterLine(
                request.adapter(), version.baseDigest(), version.tokenizerDigest(), number));
    session.versions().insert(version);
    session.files().insert(version.adapter(), number, candidate.files());
    session.parents().insert(version, parents);
    session.tenants().addUsage(tenant.name(), size, 1);
    return version;
  }

  private static void requireRoom(Tenant tenant, long size) throws QuotaExceededException {
    Quota quota = tenant.quota();
    if (quota.bytes().isPresent() && tenant.usedBytes() + size > quota.bytes().getAsLong()) {
      throw new QuotaExceededException(
          "tenant \"%s\" has %d of %d bytes in use, the version needs %d; delete versions or raise the quota"
              .formatted(tenant.name(), tenant.usedBytes(), quota.bytes().getAsLong(), size));
    }
    if (quota.versions().isPresent() && tenant.usedVersions() + 1 > quota.versions().getAsLong()) {
      throw new QuotaExceededException(
          "tenant \"%s\" has %d of %d versions; delete some or raise the quota"
              .formatted(tenant.name(), tenant.usedVersions(), quota.versions().getAsLong()));
    }
  }

  private static List<Parent> parents(Session session, PublishRequest request)
      throws StoreException {
    List<Parent> parents = new ArrayList<>();
    for (ParentLink link : request.parents()) {
      AdapterReference reference = link.parent();
      Version parent = Finder.version(session, reference);
      parents.add(new Parent(parent.adapter(), parent.number(), link.relation(), link.weight()));
    }
    return parents;
  }

  private AuditLine audit(
      Session session,
      PublishRequest request,
      Candidate candidate,
      Change change,
      int number,
      List<Parent> parents) {
    AuditDetail detail =
        new AuditDetail()
            .with("digest", candidate.digest())
            .with("manifest", candidate.manifest())
            .with("baseDigest", candidate.facts().baseDigest())
            .with("parents", parents.stream().map(p -> p.reference().toString()).toList());
    candidate.probesChecked().ifPresent(count -> detail.with("probesChecked", count));
    return auditor.write(
        session,
        change,
        request.adapter().tenant(),
        "publish",
        request.adapter().version(number),
        detail);
  }
}
