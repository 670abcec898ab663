package dev.graft.store.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;

/**
 * The file operations that blobs are made of, apart from the logic that orders them, so that a test
 * can let each of them fail.
 */
public interface BlobFiles {
  /** A file that is being written. */
  interface Output extends AutoCloseable {
    /** Write some of the bytes and say how many. */
    int write(ByteBuffer bytes) throws IOException;

    /** Force content and length to the disk. */
    void force() throws IOException;

    @Override
    void close() throws IOException;
  }

  /** Create a file that must not exist. */
  Output create(Path file) throws IOException;

  /** Open a file. */
  SeekableByteChannel open(Path file) throws IOException;

  /** Rename within one file system, at once, over whatever has the name. */
  void rename(Path from, Path to) throws IOException;

  /** Force the entries of a directory to the disk. */
  void forceDirectory(Path directory) throws IOException;

  /** Delete a file, if it is there. */
  void delete(Path file) throws IOException;

  /** Those of the operating system. */
  static BlobFiles ofSystem() {
    return new SystemFiles();
  }
}
