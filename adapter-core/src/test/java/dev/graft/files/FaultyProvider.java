package dev.graft.files;

import dev.graft.files.DiskFaults.Operation;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What can be done on a {@link FaultyDisk}. */
final class FaultyProvider extends FileSystemProvider {
  private final FaultyDisk disk;
  private final DiskFaults faults;

  FaultyProvider(FaultyDisk disk, DiskFaults faults) {
    this.disk = disk;
    this.faults = faults;
  }

  private static Path real(Path path) {
    return FaultyDisk.real(path);
  }

  @Override
  public String getScheme() {
    return "faulty";
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
    throw new UnsupportedOperationException("make one with FaultyDisk.path");
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return disk;
  }

  @Override
  public Path getPath(URI uri) {
    return new FaultyPath(disk, Path.of(uri));
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    boolean writes =
        options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND);
    faults.meet(opening(path, writes), path);
    return new FaultyChannel(
        FileChannel.open(real(path), options, attributes), path, writes, faults);
  }

  private static Operation opening(Path path, boolean writes) {
    if (!writes) {
      return Operation.OPEN;
    }
    return Files.exists(real(path)) ? Operation.OPEN_TO_CHANGE : Operation.CREATE;
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return newFileChannel(path, options, attributes);
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path directory, DirectoryStream.Filter<? super Path> filter) throws IOException {
    faults.meet(Operation.LIST, directory);
    Path below = real(directory);
    DirectoryStream<Path> entries =
        below
            .getFileSystem()
            .provider()
            .newDirectoryStream(below, entry -> filter.accept(new FaultyPath(disk, entry)));
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        return entries(entries.iterator(), directory);
      }

      @Override
      public void close() throws IOException {
        entries.close();
      }
    };
  }

  private Iterator<Path> entries(Iterator<Path> below, Path directory) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        try {
          faults.meetOpen(Operation.LIST, directory);
        } catch (IOException e) {
          throw new DirectoryIteratorException(e);
        }
        return below.hasNext();
      }

      @Override
      public Path next() {
        return new FaultyPath(disk, below.next());
      }
    };
  }

  @Override
  public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
    faults.meet(Operation.MAKE_DIRECTORY, directory);
    Files.createDirectory(real(directory), attributes);
  }

  @Override
  public void delete(Path path) throws IOException {
    faults.meet(Operation.DELETE, path);
    Files.delete(real(path));
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) throws IOException {
    faults.meet(Operation.READ, source);
    faults.meet(Operation.CREATE, target);
    Files.copy(real(source), real(target), options);
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    faults.meet(Operation.RENAME, target);
    Files.move(real(source), real(target), options);
  }

  @Override
  public boolean isSameFile(Path path, Path other) throws IOException {
    return Files.isSameFile(real(path), real(other));
  }

  @Override
  public boolean isHidden(Path path) throws IOException {
    return Files.isHidden(real(path));
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    return Files.getFileStore(real(path));
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    faults.meet(Operation.LOOK, path);
    real(path).getFileSystem().provider().checkAccess(real(path), modes);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    faults.meet(Operation.LOOK, path);
    return Files.readAttributes(real(path), type, options);
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options)
      throws IOException {
    faults.meet(Operation.LOOK, path);
    return Files.readAttributes(real(path), names, options);
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options)
      throws IOException {
    faults.meet(Operation.SET, path);
    Files.setAttribute(real(path), name, value, options);
  }

  @Override
  public <V extends FileAttributeView> @Nullable V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    V view = Files.getFileAttributeView(real(path), type, options);
    return view == null ? null : type.cast(faulty(view, type, path));
  }

  private Object faulty(FileAttributeView view, Class<?> type, Path path) {
    return Proxy.newProxyInstance(
        FaultyProvider.class.getClassLoader(),
        new Class<?>[] {type},
        (proxy, method, arguments) -> {
          if (method.getName().startsWith("set")) {
            faults.meet(Operation.SET, path);
          } else if (method.getName().startsWith("read")) {
            faults.meet(Operation.LOOK, path);
          }
          try {
            return method.invoke(view, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }
}
