package dev.graft.files;

import dev.graft.files.DiskFaults.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** An open file on a {@link FaultyDisk}. What is mapped is read past the faults. */
final class FaultyChannel extends FileChannel {
  private final FileChannel real;
  private final Path path;
  private final boolean writes;
  private final DiskFaults faults;

  FaultyChannel(FileChannel real, Path path, boolean writes, DiskFaults faults) {
    this.real = real;
    this.path = path;
    this.writes = writes;
    this.faults = faults;
  }

  private interface Transfer {
    int of(ByteBuffer part) throws IOException;
  }

  /** Move some of the bytes, as many as the faults allow. */
  private int some(Operation operation, ByteBuffer bytes, Transfer transfer) throws IOException {
    int allowed = faults.allowed(operation, path, bytes.remaining());
    ByteBuffer part = bytes.slice(bytes.position(), allowed);
    int count = transfer.of(part);
    if (count > 0) {
      bytes.position(bytes.position() + count);
    }
    return count;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return some(Operation.READ, target, real::read);
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    return some(Operation.READ, target, part -> real.read(part, position));
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
    return length == 0 ? 0 : read(targets[offset]);
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    return some(Operation.WRITE, source, real::write);
  }

  @Override
  public int write(ByteBuffer source, long position) throws IOException {
    return some(Operation.WRITE, source, part -> real.write(part, position));
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
    return length == 0 ? 0 : write(sources[offset]);
  }

  @Override
  public long position() throws IOException {
    return real.position();
  }

  @Override
  public FileChannel position(long position) throws IOException {
    real.position(position);
    return this;
  }

  @Override
  public long size() throws IOException {
    faults.meetOpen(Operation.LOOK, path);
    return real.size();
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    faults.meetOpen(Operation.WRITE, path);
    real.truncate(size);
    return this;
  }

  @Override
  public void force(boolean metadata) throws IOException {
    faults.meetOpen(Operation.FORCE, path);
    real.force(metadata);
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    faults.meetOpen(Operation.READ, path);
    return real.transferTo(position, count, target);
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count)
      throws IOException {
    faults.meetOpen(Operation.WRITE, path);
    return real.transferFrom(source, position, count);
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
    faults.meetOpen(Operation.READ, path);
    return real.map(mode, position, size);
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) throws IOException {
    faults.meetOpen(Operation.LOCK, path);
    return real.lock(position, size, shared);
  }

  @Override
  public FileLock tryLock(long position, long size, boolean shared) throws IOException {
    faults.meetOpen(Operation.LOCK, path);
    return real.tryLock(position, size, shared);
  }

  /** What is closed stays closed, also where closing says that something went wrong before. */
  @Override
  protected void implCloseChannel() throws IOException {
    real.close();
    if (writes) {
      faults.meetOpen(Operation.CLOSE, path);
    }
  }
}
