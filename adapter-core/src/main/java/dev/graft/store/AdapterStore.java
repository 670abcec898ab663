package dev.graft.store;

import dev.graft.store.blob.BlobStore;
import dev.graft.store.blob.DirectoryBlobStore;
import dev.graft.store.index.Index;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Alias;
import dev.graft.store.model.AliasConflictException;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.FormatChange;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.PublishRefusedException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.QuotaExceededException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreFormatException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.UntrustedVersionException;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A registry of adapters. Threads may share one, and processes may work on the same registry at the
 * same time; on several machines with PostgreSQL. Whoever opened it closes it.
 *
 * <p>What a method has returned for is on the disk and seen by all who ask after it. What a method
 * throws for has changed nothing that anyone sees. All that changes something takes a {@link
 * Change}, and appends one line to the audit log in the same transaction; with {@link Change#dry}
 * it returns what it would and changes nothing.
 *
 * <p>Each kind of failure is a subclass of {@link StoreException}. A name that is none is an {@link
 * IllegalArgumentException}.
 */
public final class AdapterStore implements AutoCloseable {
  private final StoreLocation location;
  private final Index index;
  private final BlobStore blobs;
  private final Catalog catalog;
  private final Publisher publisher;
  private final AliasMover mover;
  private final Lifecycle lifecycle;
  private final Checkout checkout;
  private final Signing signing;
  private final LineageReader lineage;
  private final DiffReader diff;
  private final GarbageCollector collector;
  private final StoreCheck check;
  private final TenantKeys tenantKeys;
  private final Reencryption reencryption;
  private final Eraser eraser;
  private final ErasureCheck erasureCheck;
  private final TenantExport tenantExport;
  private final TenantImport tenantImport;

  AdapterStore(StoreLocation location, Index index, BlobStore blobs, StoreOptions options) {
    Auditor auditor = new Auditor(options.clock());
    Contents contents = new Contents(blobs, options.keys());
    Path temporary = DirectoryBlobStore.temporaryIn(location.directory());
    this.location = location;
    this.index = index;
    this.blobs = blobs;
    this.catalog = new Catalog(index);
    this.mover = new AliasMover(auditor);
    this.publisher = new Publisher(index, contents, temporary, new VersionRecorder(auditor, mover));
    this.lifecycle = new Lifecycle(index, auditor, options.clock());
    this.checkout = new Checkout(index, contents, catalog, temporary);
    this.signing = new Signing(index, checkout, auditor);
    this.lineage = new LineageReader(index);
    this.diff = new DiffReader(checkout);
    this.collector = new GarbageCollector(index, blobs, auditor, options.clock());
    this.check = new StoreCheck(index, blobs, contents, auditor, lifecycle);
    this.tenantKeys = new TenantKeys(contents, lifecycle);
    this.reencryption = new Reencryption(index, blobs, contents, temporary, auditor);
    this.eraser = new Eraser(index, blobs, contents, temporary, auditor);
    this.erasureCheck = new ErasureCheck(index, blobs, contents);
    this.tenantExport = new TenantExport(index, contents, auditor);
    this.tenantImport = new TenantImport(index, contents, temporary, new ImportRecorder(auditor));
  }

  /** Whether there is a registry at a place, of whatever format. */
  public static boolean exists(StoreLocation location) throws IOException {
    return new StoreNames(location).exists();
  }

  /**
   * Create a registry, or open the one that is there.
   *
   * @throws StoreFormatException if the place holds something else
   */
  public static AdapterStore create(StoreLocation location) throws IOException {
    return create(location, StoreOptions.defaults());
  }

  /** As {@link #create(StoreLocation)}, with a clock and keys. */
  public static AdapterStore create(StoreLocation location, StoreOptions options)
      throws IOException {
    return over(location, new StoreSetup(location).create(Optional.empty()), options);
  }

  /**
   * Create a registry where there is none, and begin its audit log with who did so and why. One
   * that is there stays as it is.
   *
   * @return whether there was none, or only a part of one
   * @throws StoreFormatException if the place holds something else, or a registry of another format
   */
  public static boolean initialize(StoreLocation location, Change change) throws IOException {
    return new StoreSetup(location).initialize(record(change));
  }

  private static SetupRecord record(Change change) {
    return new SetupRecord(new Auditor(StoreOptions.defaults().clock()), change);
  }

  /**
   * Open a registry.
   *
   * @throws StoreFormatException if there is none, or one of another format: an older one is not
   *     migrated behind the back of the processes that still use it, see {@link #migrate}
   */
  public static AdapterStore open(StoreLocation location) throws IOException {
    return open(location, StoreOptions.defaults());
  }

  /** As {@link #open(StoreLocation)}, with a clock and keys. */
  public static AdapterStore open(StoreLocation location, StoreOptions options) throws IOException {
    return over(location, new StoreSetup(location).open(), options);
  }

  /**
   * Bring a registry of an older format to the newest; one of the newest stays as it is. The line
   * of the audit log follows the migration: a process killed between the two leaves none.
   *
   * @return from which format to which
   * @throws StoreFormatException if there is none, or one of a newer format
   */
  public static FormatChange migrate(StoreLocation location, Change change) throws IOException {
    return new StoreSetup(location).migrate(record(change));
  }

  private static AdapterStore over(StoreLocation location, Index index, StoreOptions options)
      throws IOException {
    try {
      return new AdapterStore(location, index, location.openBlobs(), options);
    } catch (IOException | RuntimeException e) {
      index.close();
      throw e;
    }
  }

  /** Where this registry is. */
  public StoreLocation location() {
    return location;
  }

  /** Add a customer. */
  public Tenant createTenant(String name, Quota quota, Change change) throws IOException {
    return lifecycle.createTenant(name, quota, "", change);
  }

  /**
   * Add a customer whose adapters are encrypted with a key of its own.
   *
   * @throws dev.graft.store.model.KeyUnavailableException if no place for keys was given, or it
   *     cannot be used
   */
  public Tenant createEncryptedTenant(String name, Quota quota, Change change) throws IOException {
    return tenantKeys.create(name, quota, change);
  }

  /**
   * Encrypt what a customer has and what it will publish. The files without encryption are deleted;
   * backups still have them.
   */
  public KeyChange encryptTenant(String tenant, Change change) throws IOException {
    return reencryption.run(tenant, false, false, change);
  }

  /**
   * Give an encrypted customer another key, and encrypt all it has with that one.
   *
   * @param destroyOld whether to destroy the old keys then: backups from before cannot be read any
   *     more
   */
  public KeyChange rotateKey(String tenant, boolean destroyOld, Change change) throws IOException {
    return reencryption.run(tenant, true, destroyOld, change);
  }

  /**
   * Erase a customer: its keys, the blobs that nobody else has, and its rows but for the audit
   * log's. Its name stays taken. What stopped halfway goes on when it is called again; of a
   * customer that is erased the certificate is returned.
   */
  public Erasure eraseTenant(String tenant, Change change) throws IOException {
    return eraser.erase(tenant, change);
  }

  /**
   * Hold a certificate against this registry: that it is the one that was written, and that nothing
   * of what it lists is there.
   *
   * @param certificate its JSON
   * @return what does not agree, a sentence each; empty if all does
   * @throws StoreFormatException if it is no certificate
   */
  public List<String> verifyErasure(String certificate) throws IOException {
    return erasureCheck.problems(certificate);
  }

  /**
   * Write all that a customer has into one file, which appears whole or not at all and only its
   * owner may read: adapters with their versions, states, tags and aliases, and what the aliases
   * pointed to before. Deleted versions, keys and the audit log are not in it.
   *
   * @throws VersionStateException if the customer is encrypted and the options do not allow to
   *     write its adapters in the clear
   * @throws java.nio.file.FileAlreadyExistsException if there is such a file, and it may not be
   *     replaced
   */
  public ExportReport exportTenant(String tenant, Path target, ExportOptions options, Change change)
      throws IOException {
    return tenantExport.export(tenant, target, options, change);
  }

  /**
   * Take in what {@link #exportTenant} wrote, of this registry or another. All of it is checked
   * first, each version as if it were published; then all of it is there at once, with its numbers,
   * times and authors.
   *
   * @throws StoreFormatException if the file is no archive, or of another format
   * @throws DamagedStoreException if it is cut or was changed
   * @throws PublishRefusedException if it has a version that would not be published
   * @throws VersionStateException if a customer of that name has adapters or was erased
   * @throws QuotaExceededException if it has more than the customer may have
   */
  public ImportReport importTenant(Path archive, ImportOptions options, Change change)
      throws IOException {
    return tenantImport.run(archive, options, change);
  }

  /** Change a customer's limits; what is over them stays. */
  public Tenant setQuota(String tenant, Quota quota, Change change) throws IOException {
    return lifecycle.setQuota(tenant, quota, change);
  }

  /** All customers, by name. */
  public List<Tenant> tenants() throws IOException {
    return catalog.tenants();
  }

  /**
   * One customer.
   *
   * @throws NotInStoreException if there is none of that name; the message offers near ones
   */
  public Tenant tenant(String name) throws IOException {
    return catalog.tenant(name);
  }

  /**
   * Publish a version: check it, store its blobs, then record it in one transaction together with
   * the alias. Files that are exactly those of a version that is there make no new version, so a
   * publisher that does not know whether it succeeded simply tries again.
   *
   * @throws PublishRefusedException if it fails a check or a gate
   * @throws QuotaExceededException if its tenant has no room for it
   * @throws VersionStateException if it computes the same as a version that is blocked
   * @throws AliasConflictException if the alias is not where it was expected; then the version is
   *     not published either
   */
  public PublishResult publish(PublishRequest request, Change change) throws IOException {
    return publisher.publish(request, change);
  }

  /**
   * Find the version to serve. One statement; what it returns does not change under its number. Its
   * signatures are looked at when it is loaded.
   *
   * @throws NotInStoreException if there is none
   * @throws VersionStateException if it is blocked or deleted
   */
  public Version resolve(AdapterReference reference) throws IOException {
    return catalog.resolve(reference);
  }

  /** Find a version in whatever state it is, to look at. */
  public Version find(AdapterReference reference) throws IOException {
    return catalog.find(reference);
  }

  /** All that is known of a version, in whatever state it is. */
  public VersionDetails details(AdapterReference reference) throws IOException {
    return catalog.details(reference);
  }

  /** A tenant's adapters, by name. */
  public List<AdapterSummary> adapters(String tenant) throws IOException {
    return catalog.adapters(tenant);
  }

  /** The versions of an adapter, oldest first, also the deleted ones. */
  public List<Version> versions(AdapterName adapter) throws IOException {
    return catalog.versions(adapter);
  }

  /** The aliases of an adapter, by name. */
  public List<Alias> aliases(AdapterName adapter) throws IOException {
    return catalog.aliases(adapter);
  }

  /** One alias; empty where there is none. */
  public Optional<Alias> alias(AdapterName adapter, String alias) throws IOException {
    return catalog.alias(adapter, alias);
  }

  /** Versions of all tenants that pass a filter, newest first. */
  public List<Version> search(Search search) throws IOException {
    return search.narrow(catalog.search(search.filter()));
  }

  /**
   * Take a version out as a PEFT directory, which appears whole or not at all. Every byte is hashed
   * on the way.
   *
   * @param replace whether an existing target may be replaced
   * @throws DamagedStoreException if a blob is missing or changed
   * @throws UntrustedVersionException if its tenant requires a signature that it lacks
   */
  public PulledVersion pull(AdapterReference reference, Path target, boolean replace)
      throws IOException {
    return checkout.pull(reference, target, replace, List.of());
  }

  /**
   * Read a version into memory, to serve it. Every byte is hashed on the way.
   *
   * @throws UntrustedVersionException if its tenant requires a signature that it lacks
   */
  public StoredAdapter load(AdapterReference reference) throws IOException {
    return checkout.load(reference);
  }

  /**
   * Read a version into memory, to look at it and not to serve it: also one that is blocked, and
   * whatever its signatures are. Every byte is hashed on the way.
   */
  public StoredAdapter inspect(AdapterReference reference) throws IOException {
    return checkout.inspect(reference).adapter();
  }

  /** Signatures of versions, and whose a tenant trusts. */
  public Signing signing() {
    return signing;
  }

  /**
   * Point an alias to a version that is served. Where it points there already, nothing is written.
   *
   * @throws AliasConflictException if the alias is not where it was expected
   * @throws UntrustedVersionException if the tenant requires a signature that the version lacks
   */
  public AliasChange promote(
      AdapterReference reference, String alias, Expected expected, Change change)
      throws IOException {
    return index.write(
        "promote " + reference,
        change.dryRun(),
        session ->
            mover.promote(session, Finder.served(session, reference), alias, expected, change));
  }

  /**
   * Let an alias go back to where it pointed before its last promotion; again, to where it pointed
   * before the one before. Versions that are blocked or deleted by now, or lack a signature that
   * the tenant requires, are skipped.
   *
   * @throws NotInStoreException if there is nothing to go back to
   * @throws AliasConflictException if the alias is not where it was expected
   */
  public AliasChange rollback(AdapterName adapter, String alias, Expected expected, Change change)
      throws IOException {
    return index.write(
        "roll back " + adapter,
        change.dryRun(),
        session -> mover.rollback(session, adapter, alias, expected, change));
  }

  /** Remove an alias; a rollback brings it back. */
  public AliasChange removeAlias(
      AdapterName adapter, String alias, Expected expected, Change change) throws IOException {
    return index.write(
        "remove an alias of " + adapter,
        change.dryRun(),
        session -> mover.remove(session, adapter, alias, expected, change));
  }

  /** Every move of an alias, newest first. */
  public List<AliasMove> history(AdapterName adapter, String alias) throws IOException {
    return catalog.history(adapter, alias);
  }

  /**
   * Activate, deprecate, block or delete a version. Deleting is final and refused while an alias
   * points to the version; blocking is not, and takes effect with the next resolve anywhere.
   */
  public Version setState(AdapterReference reference, VersionState state, Change change)
      throws IOException {
    return lifecycle.setState(reference, state, change);
  }

  /** Label a version; says whether it lacked the label. */
  public boolean tag(AdapterReference reference, String tag, Change change) throws IOException {
    return lifecycle.tag(reference, tag, change);
  }

  /** Take a label away; says whether it was there. */
  public boolean untag(AdapterReference reference, String tag, Change change) throws IOException {
    return lifecycle.untag(reference, tag, change);
  }

  /** What a version was made from, and what was made from it. */
  public Lineage lineage(AdapterReference reference) throws IOException {
    return lineage.of(reference);
  }

  /** What two versions do not have in common. Reads both into memory. */
  public VersionDiff diff(AdapterReference one, AdapterReference other) throws IOException {
    return diff.of(one, other);
  }

  /** The last lines of the audit log, newest first; of one tenant or of all. */
  public List<AuditLine> audit(Optional<String> tenant, int limit) throws IOException {
    return catalog.audit(tenant, limit);
  }

  /**
   * The last lines about an adapter, its versions and aliases, newest first.
   *
   * @throws NotInStoreException if there is no such adapter and never was
   */
  public List<AuditLine> audit(AdapterName adapter, int limit) throws IOException {
    return catalog.audit(adapter, limit);
  }

  /**
   * Check that no line of the audit log was changed, removed or moved.
   *
   * @return what is wrong, a sentence each; empty for a sound log
   */
  public List<String> verifyAudit() throws IOException {
    return catalog.verifyAudit();
  }

  /** Follow what happens from now on. */
  public StoreWatch watch() throws IOException {
    return watch(index.lookUp("watch", session -> session.audit().lastSequence()));
  }

  /** Follow what happens after a line of the audit log; 0 for all. */
  public StoreWatch watch(long afterSequence) {
    return new StoreWatch(index, afterSequence);
  }

  /** How many blobs there are, and what they take, where they are kept for good. */
  public BlobTotals blobTotals() throws IOException {
    return BlobTotals.of(blobs);
  }

  /**
   * Delete blobs that nothing refers to, and what unfinished writes left. Safe beside running
   * writers and readers.
   *
   * @param grace leave blobs that were stored, and versions that were deleted, within this time; it
   *     spares writers and readers a second try
   */
  public CollectionReport collect(Duration grace, Change change) throws IOException {
    return collector.collect(grace, change);
  }

  /**
   * Check everything, reading every byte, and repair what can be repaired.
   *
   * @param repair what repairs are recorded as; with {@link Change#dry} nothing is repaired
   */
  public CheckReport check(Change repair) throws IOException {
    return check.run(repair);
  }

  @Override
  public void close() {
    index.close();
    blobs.close();
  }
}
