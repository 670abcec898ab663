package dev.graft.hub;

import dev.graft.files.AtomicFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder beside the target that holds what is there so far: {@code content/NAME} for files that
 * are complete, {@code parts/NAME.part} for the rest, each with {@code parts/NAME.from} that says
 * of which content it is. Held by one process at a time.
 */
final class Staging implements AutoCloseable {
  /**
   * Of which content the bytes of a part are.
   *
   * @param digest of the whole
   * @param tag the entity tag of the server that gave them, or an empty text
   */
  record Source(String digest, String tag) {}

  private static final int MAX_SOURCE_BYTES = 4096;

  private final Path target;
  private final Path root;
  private final FileChannel lockFile;
  private final FileLock lock;

  private Staging(Path target, Path root, FileChannel lockFile, FileLock lock) {
    this.target = target;
    this.root = root;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /** Makes or finds the folder for a target that must not exist. */
  static Staging open(Path wanted) throws IOException {
    Path target = wanted.toAbsolutePath().normalize();
    Path parent = target.getParent();
    if (parent == null) {
      throw new NoSuchFileException(wanted.toString(), null, "a file system root cannot be made");
    }
    requireAbsent(target);
    Path root = parent.resolve(".%s.part".formatted(target.getFileName()));
    Files.createDirectories(root.resolve("content"));
    Files.createDirectories(root.resolve("parts"));
    FileChannel file =
        FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = lock(file);
    if (lock == null) {
      file.close();
      throw new HubException(
          "another process is pulling into '%s'; wait for it, or choose another folder"
              .formatted(wanted));
    }
    return new Staging(target, root, file, lock);
  }

  private static @Nullable FileLock lock(FileChannel file) throws IOException {
    try {
      return file.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static void requireAbsent(Path target) throws FileAlreadyExistsException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(target.toString());
    }
  }

  Path root() {
    return root;
  }

  Path content(HubFile file) {
    return root.resolve("content").resolve(file.name());
  }

  Path part(HubFile file) {
    return root.resolve("parts").resolve(file.name() + ".part");
  }

  private Path sourceFile(HubFile file) {
    return root.resolve("parts").resolve(file.name() + ".from");
  }

  /** What the bytes of a part are of; both texts are empty where that is not known. */
  Source source(HubFile file) throws IOException {
    Path path = sourceFile(file);
    if (!Files.isRegularFile(path) || Files.size(path) > MAX_SOURCE_BYTES) {
      return new Source("", "");
    }
    List<String> lines = Files.readString(path).lines().toList();
    return lines.size() == 2 ? new Source(lines.get(0), lines.get(1)) : new Source("", "");
  }

  /** Notes what the bytes of a part will be of, before the first of them. */
  void begin(HubFile file, Source source) throws IOException {
    Files.createDirectories(sourceFile(file).resolveSibling(""));
    String text = "%s\n%s\n".formatted(source.digest(), source.tag());
    AtomicFiles.write(
        sourceFile(file),
        channel -> AtomicFiles.writeFully(channel, StandardCharsets.UTF_8.encode(text)));
  }

  /** Forgets what there is of a file. */
  void discard(HubFile file) throws IOException {
    Files.deleteIfExists(part(file));
    Files.deleteIfExists(sourceFile(file));
  }

  /** Moves a part that is complete and verified to the content. */
  void complete(HubFile file) throws IOException {
    Path part = part(file);
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Path content = content(file);
    Files.createDirectories(content.resolveSibling(""));
    Files.move(part, content, StandardCopyOption.ATOMIC_MOVE);
    Files.deleteIfExists(sourceFile(file));
  }

  /** Removes what an earlier pull of something else has left. */
  void keepOnly(Collection<HubFile> files) throws IOException {
    Set<Path> wanted = new HashSet<>();
    for (HubFile file : files) {
      wanted.addAll(List.of(content(file), part(file), sourceFile(file)));
    }
    for (String folder : List.of("content", "parts")) {
      for (Path path : leaves(root.resolve(folder))) {
        boolean keep =
            wanted.contains(path) && Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
        if (!keep && !isParentOf(path, wanted)) {
          AtomicFiles.deleteTree(path);
        }
      }
    }
  }

  private static boolean isParentOf(Path path, Set<Path> wanted) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
        && wanted.stream().anyMatch(file -> file.startsWith(path));
  }

  /** All but the folder itself, the deepest first; links are not followed. */
  private static List<Path> leaves(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      List<Path> paths = new ArrayList<>(tree.filter(path -> !path.equals(folder)).toList());
      Collections.reverse(paths);
      return paths;
    }
  }

  /** Makes the content the target, and removes the rest. */
  void install() throws IOException {
    requireAbsent(target);
    AtomicFiles.moveDirectory(root.resolve("content"), target);
    close();
    AtomicFiles.deleteTree(root);
  }

  /** Lets go of the folder; what is worth nothing is removed. */
  @Override
  public void close() throws IOException {
    if (!lockFile.isOpen()) {
      return;
    }
    boolean empty = Files.isDirectory(root) && !holdsBytes();
    lock.release();
    lockFile.close();
    if (empty) {
      AtomicFiles.deleteTree(root);
    }
  }

  private boolean holdsBytes() throws IOException {
    Path lockPath = root.resolve("lock");
    for (Path path : leaves(root)) {
      if (Files.isRegularFile(path) && !path.equals(lockPath) && Files.size(path) > 0) {
        return true;
      }
    }
    return false;
  }
}
