package dev.graft.store;

import dev.graft.signing.VerifyingKey;
import dev.graft.store.archive.ArchivedAdapter;
import dev.graft.store.archive.ArchivedAdapter.ArchivedAlias;
import dev.graft.store.archive.ArchivedAdapter.ArchivedMove;
import dev.graft.store.archive.ArchivedTenant;
import dev.graft.store.archive.ArchivedVersion;
import dev.graft.store.archive.ArchivedVersion.ArchivedFile;
import dev.graft.store.archive.ArchivedVersion.ArchivedParent;
import dev.graft.store.archive.ArchivedVersion.ArchivedSignature;
import dev.graft.store.index.Session;
import dev.graft.store.model.AdapterLine;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.Parent;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import dev.graft.store.model.VersionState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All that the index says of a tenant at one moment, as an archive says it.
 *
 * @param row the tenant
 * @param document for the archive
 * @param files where each content is, by the digest of the content
 * @param badSignatures how many signatures were left out since they are not what they should be
 * @param trustsKeys whether it trusts keys, which are not in the archive
 */
record ExportSnapshot(
    Tenant row,
    ArchivedTenant document,
    Map<String, VersionFile> files,
    int badSignatures,
    boolean trustsKeys) {

  /** Take a snapshot; {@code time} is what the archive will say of itself. */
  static ExportSnapshot of(Session session, String name, Change change, Instant time)
      throws StoreException {
    Tenant tenant = Finder.activeTenant(session, name);
    List<ArchivedAdapter> adapters = new ArrayList<>();
    for (AdapterLine line : session.adapters().of(name)) {
      adapters.add(adapter(session, line));
    }
    Map<String, VersionFile> files = new HashMap<>();
    List<ArchivedVersion> versions = new ArrayList<>();
    List<VerifyingKey> trusted = Trust.keys(session, name);
    int signatures = 0;
    for (Version version : session.versions().ofTenant(name)) {
      if (version.state() != VersionState.DELETED) {
        versions.add(version(session, version, files, trusted));
        signatures += session.signatures().of(version).size();
      }
    }
    ArchivedTenant document =
        new ArchivedTenant(
            ArchivedTenant.FORMAT_VERSION,
            "",
            session.store().id().orElse(""),
            name,
            Instant.ofEpochMilli(time.toEpochMilli()),
            change.author(),
            change.note(),
            tenant.isEncrypted() || files.values().stream().anyMatch(VersionFile::isEncrypted),
            boxed(tenant.quota().bytes()),
            boxed(tenant.quota().versions()),
            adapters,
            versions);
    return new ExportSnapshot(
        tenant,
        document,
        files,
        signatures - document.totalSignatures(),
        !session.trustedKeys().of(name).isEmpty());
  }

  private static ArchivedAdapter adapter(Session session, AdapterLine line) {
    List<ArchivedAlias> aliases = new ArrayList<>();
    for (String alias : session.aliases().everNamed(line.name())) {
      List<ArchivedMove> moves = new ArrayList<>();
      session.aliases().history(line.name(), alias).forEach(move -> moves.add(move(move)));
      Collections.reverse(moves);
      aliases.add(new ArchivedAlias(alias, moves));
    }
    return new ArchivedAdapter(
        line.name().name(),
        line.baseDigest(),
        line.tokenizerDigest(),
        line.lastVersion() + 1,
        aliases);
  }

  private static ArchivedMove move(AliasMove move) {
    return new ArchivedMove(
        move.revision(),
        move.kind().name().toLowerCase(Locale.ROOT),
        boxed(move.version()),
        boxed(move.undo()),
        move.author(),
        move.time(),
        move.note());
  }

  private static ArchivedVersion version(
      Session session,
      Version version,
      Map<String, VersionFile> places,
      List<VerifyingKey> trusted) {
    List<ArchivedFile> files = new ArrayList<>();
    List<VersionFile> stored = session.files().of(version);
    for (VersionFile file : stored) {
      files.add(new ArchivedFile(file.name(), file.digest(), file.sizeBytes()));
      places.putIfAbsent(file.digest(), file);
    }
    List<Parent> all = session.parents().of(version.adapter(), version.number());
    List<ArchivedParent> parents =
        all.stream()
            .filter(parent -> isArchived(session, version.adapter(), parent))
            .map(ExportSnapshot::parent)
            .toList();
    return new ArchivedVersion(
        version.adapter().name(),
        version.number(),
        version.state().text(),
        version.digest(),
        version.manifest(),
        version.baseDigest(),
        version.tokenizerDigest(),
        version.type(),
        version.rank(),
        version.sizeBytes(),
        version.metrics(),
        version.author(),
        version.time(),
        version.note(),
        session.tags().of(version),
        parents,
        all.size() - parents.size(),
        files,
        signatures(session, Trust.report(session, version, stored, trusted)));
  }

  /** Those that an import would take. */
  private static List<ArchivedSignature> signatures(Session session, SignatureReport report) {
    Set<String> valid =
        report.signatures().stream()
            .filter(entry -> entry.verdict() != SignatureReport.Verdict.INVALID)
            .map(SignatureReport.Entry::keyId)
            .collect(Collectors.toSet());
    return session.signatures().of(report.version()).stream()
        .filter(row -> valid.contains(row.keyId()))
        .map(row -> new ArchivedSignature(row.keyId(), row.envelope(), row.author(), row.time()))
        .filter(ArchivedSignature::mayBeArchived)
        .toList();
  }

  /** An archive names no other tenant. */
  private static boolean isArchived(Session session, AdapterName child, Parent parent) {
    return parent.adapter().tenant().equals(child.tenant())
        && session
            .versions()
            .find(parent.adapter(), parent.version())
            .map(found -> found.state() != VersionState.DELETED)
            .orElse(false);
  }

  private static ArchivedParent parent(Parent parent) {
    return new ArchivedParent(
        parent.adapter().name(), parent.version(), parent.relation(), boxed(parent.weight()));
  }

  private static @Nullable Long boxed(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }

  private static @Nullable Integer boxed(OptionalInt value) {
    return value.isPresent() ? value.getAsInt() : null;
  }

  private static @Nullable Double boxed(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }
}
