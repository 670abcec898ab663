package dev.graft.store;

import dev.graft.store.blob.BlobFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;

/** The system's file operations, one of which fails when its turn comes. */
final class FaultyFiles implements BlobFiles {
  /** In which way a write fails; other operations have one way. */
  enum Mode {
    /** Nothing is written. */
    NOTHING_WRITTEN,
    /** Half is written, then the disk is full. */
    HALF_WRITTEN,
    /** Half is written and said so; no failure. */
    SHORT_WRITE
  }

  private final BlobFiles system = BlobFiles.ofSystem();
  private final Mode mode;
  private int left;
  private boolean full;
  private String failed = "";

  /** Fail at the operation of this number, 1 for the first. */
  FaultyFiles(int failAt, Mode mode) {
    this.left = failAt;
    this.mode = mode;
  }

  /** What failed; empty where nothing did. */
  String failed() {
    return failed;
  }

  private boolean isTurn(String operation) {
    left--;
    if (left == 0) {
      failed = operation;
      return true;
    }
    return false;
  }

  private void turn(String operation) throws IOException {
    if (isTurn(operation)) {
      throw new IOException("Input/output error at " + operation);
    }
  }

  @Override
  public Output create(Path file) throws IOException {
    turn("create");
    Output output = system.create(file);
    return new Output() {
      @Override
      public int write(ByteBuffer bytes) throws IOException {
        if (full) {
          throw new IOException("No space left on device");
        }
        return isTurn("write") ? faultyWrite(output, bytes) : output.write(bytes);
      }

      @Override
      public void force() throws IOException {
        turn("force");
        output.force();
      }

      @Override
      public void close() throws IOException {
        output.close();
      }
    };
  }

  private int faultyWrite(Output output, ByteBuffer bytes) throws IOException {
    if (mode == Mode.NOTHING_WRITTEN) {
      throw new IOException("No space left on device");
    }
    full = mode == Mode.HALF_WRITTEN;
    ByteBuffer half = bytes.slice(bytes.position(), bytes.remaining() / 2);
    int count = output.write(half);
    bytes.position(bytes.position() + count);
    return count;
  }

  @Override
  public SeekableByteChannel open(Path file) throws IOException {
    turn("open");
    return system.open(file);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    turn("rename");
    system.rename(from, to);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    turn("forceDirectory");
    system.forceDirectory(directory);
  }

  @Override
  public void delete(Path file) throws IOException {
    turn("delete");
    system.delete(file);
  }
}
