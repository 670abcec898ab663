package dev.graft.adapter.format;

import dev.graft.adapter.Adapter;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A way to store adapters.
 *
 * <p>Implementations are stateless. Reading trusts nothing: whatever the bytes are, {@link #load}
 * returns a valid adapter or throws {@link AdapterFormatException} (other {@link IOException}s mean
 * that the file could not be read at all). It refuses an adapter that is empty, has a NaN or
 * infinite weight, lacks one of two factors, has factors that disagree with each other or with the
 * configuration, or changes nothing. Writing is atomic and deterministic, and what was written
 * reads back with the same digest if the type is F32 and the format can say all the adapter says.
 */
public interface AdapterFormat {
  /** The name people choose the format by, for example {@code peft}. */
  String name();

  /** Whether {@code path} looks like this format; says nothing about its being valid. */
  boolean detect(Path path);

  /**
   * Read and check an adapter.
   *
   * @throws AdapterFormatException if the file is not a valid adapter
   */
  LoadedAdapter load(Path path, ReadOptions options) throws IOException;

  /**
   * Write an adapter.
   *
   * @throws java.nio.file.FileAlreadyExistsException if {@code path} exists and may not be replaced
   * @throws IllegalArgumentException if a weight is not finite or does not fit the type
   */
  void write(Adapter adapter, Path path, WriteOptions options) throws IOException;

  /** Read strictly, without the warnings. */
  default Adapter read(Path path) throws IOException {
    return load(path, ReadOptions.strict()).adapter();
  }

  /** Write as F32 to a path that does not exist yet. */
  default void write(Adapter adapter, Path path) throws IOException {
    write(adapter, path, WriteOptions.defaults());
  }
}
