package dev.graft.store;

import dev.graft.signing.VerifyingKey;
import dev.graft.store.archive.ArchivedAdapter;
import dev.graft.store.archive.ArchivedAdapter.ArchivedAlias;
import dev.graft.store.archive.ArchivedAdapter.ArchivedMove;
import dev.graft.store.archive.ArchivedTenant;
import dev.graft.store.archive.ArchivedVersion;
import dev.graft.store.index.Session;
import dev.graft.store.model.AdapterLine;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.Alias;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.Parent;
import dev.graft.store.model.Quota;
import dev.graft.store.model.QuotaExceededException;
import dev.graft.store.model.SignaturePolicy;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.UntrustedVersionException;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import dev.graft.store.model.VersionStateException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes an archive whose blobs are stored into the index, inside a transaction. */
final class ImportRecorder {
  private final Auditor auditor;
  private final ImportedSignatures signatures;

  ImportRecorder(Auditor auditor) {
    this.auditor = auditor;
    this.signatures = new ImportedSignatures(auditor);
  }

  /**
   * What is written.
   *
   * @param archived what the archive says
   * @param archive its digest
   * @param name the tenant's name here
   * @param before the tenant as it was found; empty where it is created
   * @param keyId the key that encrypts its blobs; empty for none
   * @param options as they were given
   */
  record Plan(
      ArchivedTenant archived,
      String archive,
      String name,
      Optional<Tenant> before,
      String keyId,
      ImportOptions options) {
    Plan withKey(String id) {
      return new Plan(archived, archive, name, before, id, options);
    }

    /** Whether signatures, which are over names, are over the names that adapters get. */
    boolean keepsName() {
      return name.equals(archived.tenant());
    }
  }

  /**
   * What was written.
   *
   * @param tenant as it is now
   * @param warnings what it has that its tenant wants to be warned of
   */
  record Recorded(Tenant tenant, List<String> warnings) {}

  /**
   * The tenant to import into, which has nothing yet; empty where it is to be created.
   *
   * @throws VersionStateException if it has adapters, was erased, or contradicts the options
   */
  static Optional<Tenant> target(Session session, String name, ImportOptions options)
      throws StoreException {
    Optional<Tenant> found = session.tenants().find(name);
    if (found.isEmpty()) {
      return found;
    }
    Tenant tenant = Finder.activeTenant(session, name);
    if (!session.adapters().of(name).isEmpty()) {
      throw taken(name, "it has adapters");
    }
    if (options.encrypt() && !tenant.isEncrypted()) {
      throw taken(name, "it is not encrypted");
    }
    if (options.quota().isPresent()) {
      throw taken(name, "it has limits of its own");
    }
    return found;
  }

  private static VersionStateException taken(String name, String problem) {
    return new VersionStateException(
        "tenant \"%s\" exists already, and %s; import the archive under another name with --as OTHER"
            .formatted(name, problem));
  }

  /**
   * Write everything.
   *
   * @param stored where each content is, by its digest
   */
  Recorded record(Session session, Plan plan, Map<String, VersionFile> stored, Change change)
      throws StoreException {
    Optional<Tenant> found = target(session, plan.name(), plan.options());
    if (!found.map(Tenant::keyId).equals(plan.before().map(Tenant::keyId))) {
      throw new VersionStateException(
          "tenant \"%s\" was created or given another key just now; look again, then import it again"
              .formatted(plan.name()));
    }
    Tenant tenant = found.isPresent() ? found.get() : create(session, plan, change);
    ArchivedTenant archived = plan.archived();
    requireRoom(tenant, archived);
    AuditLine line = audit(session, plan, change);
    for (ArchivedAdapter adapter : archived.adapters()) {
      session
          .adapters()
          .put(
              new AdapterLine(
                  new AdapterName(plan.name(), adapter.name()),
                  adapter.baseDigest(),
                  adapter.tokenizerDigest(),
                  adapter.nextVersion() - 1));
    }
    List<VerifyingKey> trusted = Trust.keys(session, plan.name());
    for (ArchivedVersion version : archived.versions()) {
      insert(session, plan, version, stored, trusted, change);
    }
    for (ArchivedAdapter adapter : archived.adapters()) {
      move(session, new AdapterName(plan.name(), adapter.name()), adapter, line);
    }
    List<String> warnings = warnings(session, tenant);
    session.tenants().addUsage(plan.name(), archived.totalBytes(), archived.versions().size());
    return new Recorded(Finder.tenant(session, plan.name()), warnings);
  }

  private Tenant create(Session session, Plan plan, Change change) {
    Quota limits = plan.archived().limits();
    Quota quota = plan.options().quota().map(chosen -> chosen.apply(limits)).orElse(limits);
    Instant now = Instant.ofEpochMilli(auditor.clock().instant().toEpochMilli());
    Tenant tenant =
        Tenant.created(plan.name(), quota, plan.keyId(), change.author(), now, change.note());
    session.tenants().insert(tenant);
    AuditDetail detail = Lifecycle.detail(quota);
    if (tenant.isEncrypted()) {
      detail.with("keyId", tenant.keyId());
    }
    auditor.write(session, change, plan.name(), "create-tenant", plan.name(), detail);
    return tenant;
  }

  private static void requireRoom(Tenant tenant, ArchivedTenant archived)
      throws QuotaExceededException {
    Quota quota = tenant.quota();
    long bytes = archived.totalBytes();
    int versions = archived.versions().size();
    if ((quota.bytes().isPresent() && bytes > quota.bytes().getAsLong())
        || (quota.versions().isPresent() && versions > quota.versions().getAsLong())) {
      throw new QuotaExceededException(
          "the archive has %d versions of %d bytes, tenant \"%s\" may have %s of %s; import it with a higher quota"
              .formatted(
                  versions,
                  bytes,
                  tenant.name(),
                  quota.versions().isPresent() ? quota.versions().getAsLong() : "any number",
                  quota.bytes().isPresent() ? quota.bytes().getAsLong() + " bytes" : "any size"));
    }
  }

  /** What promoting each alias would say; importing points none to what its tenant refuses. */
  private static List<String> warnings(Session session, Tenant tenant) throws StoreException {
    List<String> unsigned = Trust.unsignedAliases(session, tenant);
    if (unsigned.isEmpty()) {
      return List.of();
    }
    String listed = String.join(", ", unsigned);
    if (tenant.signatures() == SignaturePolicy.REQUIRE) {
      throw new UntrustedVersionException(
          "tenant \"%s\" requires signatures, and no key that it trusts has signed what these point to: %s; trust the key that did, or require signatures when the import is done and signed"
              .formatted(tenant.name(), listed));
    }
    return List.of(
        "no key that tenant \"%s\" trusts has signed what these point to: %s; sign it, or trust the key that did"
            .formatted(tenant.name(), listed));
  }

  private AuditLine audit(Session session, Plan plan, Change change) {
    ArchivedTenant archived = plan.archived();
    return auditor.write(
        session,
        change,
        plan.name(),
        "import-tenant",
        plan.name(),
        new AuditDetail()
            .with("archive", plan.archive())
            .with("exportedFrom", archived.storeId())
            .with("exportedTenant", archived.tenant())
            .with("exportedAt", archived.time().toString())
            .with("exportedBy", archived.author())
            .with("versions", archived.versions().size())
            .with("parentsLeftOut", archived.totalParentsLeftOut())
            .with("signaturesLeftOut", plan.keepsName() ? 0 : archived.totalSignatures()));
  }

  private void insert(
      Session session,
      Plan plan,
      ArchivedVersion archived,
      Map<String, VersionFile> stored,
      List<VerifyingKey> trusted,
      Change change)
      throws StoreException {
    AdapterName adapter = new AdapterName(plan.name(), archived.adapter());
    List<Parent> parents = ArchivedRows.parents(plan.name(), archived);
    AuditLine line =
        auditor.write(
            session,
            change,
            plan.name(),
            "publish",
            adapter.version(archived.number()),
            new AuditDetail()
                .with("digest", archived.digest())
                .with("manifest", archived.manifest())
                .with("baseDigest", archived.baseDigest())
                .with("parents", parents.stream().map(p -> p.reference().toString()).toList())
                .with("archive", plan.archive())
                .with("publishedBy", archived.author())
                .with("publishedAt", archived.time().toString()));
    Version version = ArchivedRows.version(adapter, archived, line.sequence());
    session.versions().insert(version);
    session.files().insert(adapter, version.number(), ArchivedRows.files(archived, stored));
    archived.tags().forEach(tag -> session.tags().add(version, tag));
    session.parents().insert(version, parents);
    if (plan.keepsName()) {
      signatures.put(session, version, archived, plan.archive(), trusted, change);
    }
  }

  /** The moves keep who made them and when; the line that records them is the import's. */
  private static void move(
      Session session, AdapterName adapter, ArchivedAdapter archived, AuditLine line) {
    for (ArchivedAlias alias : archived.aliases()) {
      for (ArchivedMove move : alias.moves()) {
        session.aliases().add(adapter, alias.name(), ArchivedRows.move(move, line.sequence()));
      }
      Integer target = alias.target();
      if (target != null) {
        session.aliases().put(new Alias(adapter, alias.name(), target, alias.moves().size()));
      }
    }
  }
}
