package dev.graft.store.keys;

import dev.graft.files.DirectoryEntries;
import dev.graft.store.model.KeyUnavailableException;
import dev.graft.store.model.Names;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Keys of tenants in a directory, each wrapped by one master key:
 *
 * <pre>
 * graft-keys.json              {"formatVersion":1}
 * master.key                   the master key, unless it is kept elsewhere
 * tenants/NAME/UUID.json       a {@link WrappedKey}
 * lock                         locked while keys are made or the master key is rotated
 * </pre>
 *
 * <p>It lies apart from the registry and its backups: a key that is destroyed here must not survive
 * beside what it encrypted. Several processes may share it, also over a network's file system.
 */
public final class KeyDirectory implements KeyProvider {
  private static final String ENDING = ".json";

  private final KeyFiles files;
  private final Path root;
  private final SecureRandom random = new SecureRandom();

  private KeyDirectory(Path root, Path master) {
    this.root = root;
    this.files = new KeyFiles(root, master);
  }

  /**
   * Make a directory of keys with a new master key.
   *
   * @param root absent or empty
   * @param master a file to keep the master key apart, used as it is where it is there; empty: in
   *     the directory
   */
  public static KeyDirectory create(Path root, Optional<Path> master)
      throws KeyUnavailableException {
    KeyDirectory directory = new KeyDirectory(root, file(root, master));
    directory.files.create(MasterKey.random(directory.random));
    return directory;
  }

  /** Refuse, without writing anything, what {@link #create} would refuse. */
  public static void requireRoom(Path root, Optional<Path> master) throws KeyUnavailableException {
    new KeyDirectory(root, file(root, master)).files.requireRoom();
  }

  /**
   * Open a directory of keys.
   *
   * @param master where the master key is kept apart; empty: in the directory
   * @throws KeyUnavailableException if there is none, or its master key cannot be read
   */
  public static KeyDirectory open(Path root, Optional<Path> master) throws KeyUnavailableException {
    KeyDirectory directory = new KeyDirectory(root, file(root, master));
    directory.files.requireFormat();
    directory.files.master();
    return directory;
  }

  private static Path file(Path root, Optional<Path> master) {
    return master.orElse(root.resolve("master.key"));
  }

  /** The directory. */
  public Path root() {
    return root;
  }

  @Override
  public String description() {
    return "directory " + root;
  }

  @Override
  public DataKey create(String tenant) throws KeyUnavailableException {
    Names.check("tenant", tenant);
    return files.locked(
        () -> {
          DataKey key = DataKey.random(random);
          WrappedKey wrapped = WrappedKey.of(tenant, key, files.master(), random);
          Optional<MasterKey> next = files.nextMaster();
          files.write(
              fileOf(tenant, key.id()),
              next.isPresent() ? wrapped.with(key, next.get(), random) : wrapped);
          return key;
        });
  }

  @Override
  public DataKey get(String tenant, String keyId) throws KeyUnavailableException {
    WrappedKey wrapped = read(tenant, keyId);
    MasterKey master = files.master();
    if (!wrapped.isWrappedBy(master)) {
      // The master key was rotated between the two reads, or is another one.
      wrapped = read(tenant, keyId);
      master = files.master();
    }
    return wrapped.open(master);
  }

  private WrappedKey read(String tenant, String keyId) throws KeyUnavailableException {
    Path file = fileOf(tenant, keyId);
    try {
      return WrappedKey.read(files.read(file), tenant, keyId);
    } catch (NoSuchFileException e) {
      throw new KeyUnavailableException(
          "key %s of tenant \"%s\" is not in %s; it was destroyed, or another directory of keys belongs to this registry"
              .formatted(keyId, tenant, root),
          e);
    } catch (KeyUnavailableException e) {
      throw e;
    } catch (IOException e) {
      throw KeyFiles.unavailable("read " + file, e);
    }
  }

  @Override
  public List<String> list(String tenant) throws KeyUnavailableException {
    List<String> ids = new ArrayList<>();
    for (Path entry : entries(folderOf(tenant))) {
      String name = String.valueOf(entry.getFileName());
      if (name.endsWith(ENDING) && !name.startsWith(".")) {
        ids.add(name.substring(0, name.length() - ENDING.length()));
      }
    }
    return ids;
  }

  private static List<Path> entries(Path folder) throws KeyUnavailableException {
    try {
      return DirectoryEntries.of(folder);
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw KeyFiles.unavailable("list " + folder, e);
    }
  }

  /** What the file held is overwritten before it is deleted, as far as the file system does so. */
  @Override
  public void destroy(String tenant, String keyId) throws KeyUnavailableException {
    Path file = fileOf(tenant, keyId);
    files.locked(
        () -> {
          files.destroy(file);
          return file;
        });
  }

  /**
   * Wrap all keys by a new master key, which takes the place of the one there was. Processes that
   * work meanwhile go on working. What stopped halfway goes on when it is called again.
   *
   * @return how many keys were wrapped anew
   */
  public int rotateMaster() throws KeyUnavailableException {
    return files.locked(
        () -> {
          MasterKey old = files.master();
          Optional<MasterKey> begun = files.nextMaster();
          MasterKey next = begun.isPresent() ? begun.get() : MasterKey.random(random);
          if (begun.isEmpty()) {
            files.writeNextMaster(next);
          }
          List<WrappedKey> keys = all();
          for (WrappedKey key : keys) {
            if (!key.isWrappedBy(next)) {
              write(key.with(key.open(old), next, random));
            }
          }
          files.installNextMaster();
          for (WrappedKey key : all()) {
            write(key.only(next));
          }
          return keys.size();
        });
  }

  /**
   * Open every key that {@link #rotateMaster} would wrap anew, and write nothing.
   *
   * @return how many there are
   */
  public int tryRotateMaster() throws KeyUnavailableException {
    List<WrappedKey> keys = all();
    for (WrappedKey key : keys) {
      get(key.tenant(), key.keyId());
    }
    return keys.size();
  }

  private void write(WrappedKey key) throws KeyUnavailableException {
    files.write(fileOf(key.tenant(), key.keyId()), key);
  }

  private List<WrappedKey> all() throws KeyUnavailableException {
    List<WrappedKey> keys = new ArrayList<>();
    for (Path folder : entries(root.resolve("tenants"))) {
      String tenant = String.valueOf(folder.getFileName());
      if (Names.isName(tenant)) {
        for (String id : list(tenant)) {
          keys.add(read(tenant, id));
        }
      }
    }
    return keys;
  }

  private Path folderOf(String tenant) {
    return root.resolve("tenants").resolve(Names.check("tenant", tenant));
  }

  private Path fileOf(String tenant, String keyId) {
    return folderOf(tenant).resolve(DataKey.checkId(keyId) + ENDING);
  }
}
