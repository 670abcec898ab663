package dev.graft.store;

import dev.graft.files.AtomicFiles;
import dev.graft.store.blob.BlobStore;
import dev.graft.store.index.Index;
import dev.graft.store.index.Session;
import dev.graft.store.keys.DataKey;
import dev.graft.store.keys.KeyProvider;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Gives a tenant a new key, and puts what it has into blobs that the new key encrypts. New versions
 * use the new key at once; those there are follow one by one, and can be read at any moment. What
 * stopped halfway goes on when it is called again.
 */
final class Reencryption {
  static final String ENCRYPT = "encrypt-tenant";

  private static final String ROTATE = "rotate-key";

  private final Index index;
  private final BlobStore blobs;
  private final Contents contents;
  private final Path temporary;
  private final Auditor auditor;

  Reencryption(Index index, BlobStore blobs, Contents contents, Path temporary, Auditor auditor) {
    this.index = index;
    this.blobs = blobs;
    this.contents = contents;
    this.temporary = temporary;
    this.auditor = auditor;
  }

  /**
   * Encrypt a tenant that is not, or give one a new key.
   *
   * @param encrypted whether the tenant must be encrypted already
   * @param destroyOld destroy the old keys at the end; backups from before cannot be read then
   */
  KeyChange run(String name, boolean encrypted, boolean destroyOld, Change change)
      throws IOException {
    String doing = (encrypted ? ROTATE : ENCRYPT) + " " + name;
    Tenant tenant = index.read(doing, session -> Finder.activeTenant(session, name));
    boolean unfinished = tenant.isEncrypted() && isUnfinished(doing, tenant, encrypted);
    if (tenant.isEncrypted() != encrypted && !unfinished) {
      throw new VersionStateException(
          encrypted
              ? "tenant \"%s\" is not encrypted and has no key to rotate; encrypt it first"
                  .formatted(name)
              : "tenant \"%s\" is encrypted already; rotate its key instead".formatted(name));
    }
    KeyProvider keys = contents.keys(name);
    if (change.dryRun()) {
      int count = index.lookUp(doing, session -> session.files().notUnder(name, "none")).size();
      return new KeyChange(tenant.keyId(), count, destroyOld ? keys.list(name) : List.of(), true);
    }
    DataKey key =
        unfinished
            ? contents.key(name, tenant.keyId()).orElseThrow()
            : install(doing, tenant, keys, change);
    int moved = 0;
    for (AdapterReference reference :
        index.lookUp(doing, session -> session.files().notUnder(name, key.id()))) {
      move(doing, reference, key);
      moved++;
    }
    if (unfinished && !encrypted) {
      deleteFromBefore(doing, name);
    }
    List<String> destroyed = destroyOld ? destroyOld(name, keys, key) : List.of();
    return new KeyChange(key.id(), moved, destroyed, false);
  }

  private boolean isUnfinished(String doing, Tenant tenant, boolean encrypted) throws IOException {
    List<AdapterReference> left =
        index.lookUp(doing, s -> s.files().notUnder(tenant.name(), tenant.keyId()));
    return !left.isEmpty()
        || (!encrypted && !index.read(doing, s -> fromBefore(s, tenant.name())).isEmpty());
  }

  /** Blobs in the clear that nothing refers to any more, where their deletion had failed. */
  private List<String> fromBefore(Session session, String tenant) throws StoreException {
    List<String> left = new ArrayList<>();
    for (String blob : session.files().encryptedContents(tenant)) {
      if (blobs.size(blob).isPresent() && !session.files().refersTo(blob, Instant.EPOCH)) {
        left.add(blob);
      }
    }
    return left;
  }

  private void deleteFromBefore(String doing, String tenant) throws IOException {
    index.write(
        doing,
        false,
        session -> {
          List<String> left = fromBefore(session, tenant);
          for (String blob : left) {
            blobs.delete(blob);
          }
          return left;
        });
  }

  private DataKey install(String doing, Tenant tenant, KeyProvider keys, Change change)
      throws IOException {
    DataKey key = keys.create(tenant.name());
    index.write(
        doing,
        false,
        session -> {
          String now = Finder.activeTenant(session, tenant.name()).keyId();
          if (!now.equals(tenant.keyId())) {
            throw new VersionStateException(
                "tenant \"%s\" was given another key just now; look again"
                    .formatted(tenant.name()));
          }
          session.tenants().setKey(tenant.name(), key.id());
          return auditor.write(
              session,
              change,
              tenant.name(),
              tenant.isEncrypted() ? ROTATE : ENCRYPT,
              tenant.name(),
              new AuditDetail().with("keyId", key.id()).with("before", tenant.keyId()));
        });
    return key;
  }

  /** Put one version's files into new blobs, then let go of the old ones. */
  private void move(String doing, AdapterReference reference, DataKey key) throws IOException {
    Version version = index.lookUp(doing, session -> Finder.version(session, reference));
    List<VersionFile> files = files(version);
    try {
      List<VersionFile> moved = store(version, files, key);
      index.write(doing, false, session -> record(session, version, moved));
    } catch (OvertakenException e) {
      // Storing again inside the transaction cannot be overtaken; it only makes others wait.
      index.write(doing, false, session -> record(session, version, store(version, files, key)));
    }
    index.write(
        doing,
        false,
        session -> {
          for (VersionFile file : files) {
            if (!session.files().refersTo(file.blob(), Instant.EPOCH)) {
              blobs.delete(file.blob());
            }
          }
          return version;
        });
  }

  private List<VersionFile> files(Version version) throws IOException {
    return index.lookUp("open " + version.reference(), session -> session.files().of(version));
  }

  /** Files may be larger than memory, so each lies on the disk in between. */
  private List<VersionFile> store(Version version, List<VersionFile> files, DataKey key)
      throws IOException {
    String tenant = version.adapter().tenant();
    Path directory = Staging.directoryIn(temporary, tenant);
    List<VersionFile> moved = new ArrayList<>();
    try {
      Path copy = directory.resolve("content");
      for (VersionFile file : files) {
        write(tenant, file, copy);
        moved.add(contents.put(file.name(), Contents.Source.of(copy), Optional.of(key)));
      }
    } catch (IOException | RuntimeException e) {
      AtomicFiles.deleteQuietly(directory, e);
      throw e;
    }
    drop(directory);
    return moved;
  }

  /** It is in the clear. */
  private static void drop(Path directory) throws StoreUnavailableException {
    try {
      AtomicFiles.deleteTree(directory);
    } catch (IOException e) {
      throw new StoreUnavailableException(
          "cannot delete %s: %s; delete it, or run fsck with repairs in an hour"
              .formatted(directory, e),
          e);
    }
  }

  private void write(String tenant, VersionFile file, Path copy) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            copy,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      contents.read(tenant, file, part -> AtomicFiles.writeFully(channel, part));
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw new StoreUnavailableException(
          "cannot write %s: %s; check that the disk has room and is writable".formatted(copy, e),
          e);
    }
  }

  private Version record(Session session, Version version, List<VersionFile> files)
      throws IOException {
    Finder.activeTenant(session, version.adapter().tenant());
    for (VersionFile file : files) {
      if (!contents.isThere(file)) {
        throw new OvertakenException(file.blob());
      }
      session.files().move(version.adapter(), version.number(), file);
    }
    return version;
  }

  private List<String> destroyOld(String tenant, KeyProvider keys, DataKey current)
      throws IOException {
    List<String> used = index.lookUp("list keys", session -> session.files().keys(tenant));
    List<String> destroyed = new ArrayList<>();
    for (String id : keys.list(tenant)) {
      if (!id.equals(current.id()) && !used.contains(id)) {
        keys.destroy(tenant, id);
        destroyed.add(id);
      }
    }
    return destroyed;
  }

  /** A blob was collected between being stored and being referred to. */
  private static final class OvertakenException extends IOException {
    OvertakenException(String blob) {
      super("blob %s was collected".formatted(blob));
    }
  }
}
