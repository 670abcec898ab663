package dev.graft.onnx;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The bytes of a tensor: little-endian, row-major, packed. */
public sealed interface TensorData {

  long sizeBytes();

  /** A read-only little-endian view of all bytes whose position is 0; a new one at every call. */
  ByteBuffer bytes();

  /**
   * Hand over all bytes in their order, a part at a time: what needs no more memory than a part
   * does not need the tensor as a whole.
   *
   * @param reader gets little-endian buffers, each valid until it returns
   */
  void forEachPart(PartReader reader) throws IOException;

  /** Takes one part of the bytes. */
  @FunctionalInterface
  interface PartReader {
    void accept(ByteBuffer part) throws IOException;
  }

  /** Bytes in memory, or in a part of a file that is mapped already. */
  record Inline(ByteBuffer content) implements TensorData {
    public Inline {
      content = content.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public long sizeBytes() {
      return content.remaining();
    }

    @Override
    public ByteBuffer bytes() {
      return content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void forEachPart(PartReader reader) throws IOException {
      reader.accept(bytes());
    }
  }

  /**
   * A part of a file, mapped when it is asked for. The writer refers to it in place when the file
   * lies in the folder of the model being written.
   */
  record FileRegion(Path file, long offset, long length) implements TensorData {
    /** Parts that are read rather than mapped: pages of a mapped file count as memory in use. */
    private static final int PART_BYTES = 1 << 20;

    public FileRegion {
      if (offset < 0 || length < 0 || length > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "%s: a tensor of %d bytes at offset %d cannot be mapped; one tensor holds at most %d bytes"
                .formatted(file, length, offset, Integer.MAX_VALUE));
      }
    }

    @Override
    public long sizeBytes() {
      return length;
    }

    @Override
    public ByteBuffer bytes() {
      try (FileChannel channel = open()) {
        return channel
            .map(FileChannel.MapMode.READ_ONLY, offset, length)
            .order(ByteOrder.LITTLE_ENDIAN);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void forEachPart(PartReader reader) throws IOException {
      try (FileChannel channel = open()) {
        ByteBuffer part = ByteBuffer.allocate((int) Math.min(PART_BYTES, length));
        part.order(ByteOrder.LITTLE_ENDIAN);
        for (long at = 0; at < length; at += part.limit()) {
          part.clear().limit((int) Math.min(PART_BYTES, length - at));
          while (part.hasRemaining()) {
            if (channel.read(part, offset + at + part.position()) < 0) {
              throw new IOException("%s: file was cut while it was read".formatted(file));
            }
          }
          part.flip();
          reader.accept(part.duplicate().order(ByteOrder.LITTLE_ENDIAN));
        }
      }
    }

    private FileChannel open() throws IOException {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      long size = channel.size();
      if (size < offset + length) {
        channel.close();
        throw new IOException(
            "%s: file of %d bytes ends before a tensor at offset %d with %d bytes"
                .formatted(file, size, offset, length));
      }
      return channel;
    }
  }

  /**
   * Floats that a file holds in 16 bits, widened whenever they are read.
   *
   * @param stored where they lie
   * @param storedType {@link ElementType#FLOAT16} or {@link ElementType#BFLOAT16}
   */
  record Widened(FileRegion stored, ElementType storedType) implements TensorData {
    public Widened {
      if (storedType != ElementType.FLOAT16 && storedType != ElementType.BFLOAT16) {
        throw new IllegalArgumentException(
            "float16 and bfloat16 are widened to float, found %s".formatted(storedType.text()));
      }
      if (2 * stored.length() > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "%s: a tensor of %d bytes as float; one tensor holds at most %d bytes"
                .formatted(stored.file(), 2 * stored.length(), Integer.MAX_VALUE));
      }
    }

    @Override
    public long sizeBytes() {
      return 2 * stored.length();
    }

    @Override
    public ByteBuffer bytes() {
      ByteBuffer all = ByteBuffer.allocate((int) sizeBytes());
      try {
        forEachPart(all::put);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return all.flip().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void forEachPart(PartReader reader) throws IOException {
      stored.forEachPart(part -> reader.accept(widened(part)));
    }

    private ByteBuffer widened(ByteBuffer part) {
      short[] bits = new short[part.remaining() / Short.BYTES];
      part.asShortBuffer().get(bits);
      int[] wideBits = new int[bits.length];
      boolean brain = storedType == ElementType.BFLOAT16;
      for (int i = 0; i < bits.length; i++) {
        wideBits[i] = brain ? bits[i] << 16 : Float.floatToRawIntBits(Half.toFloat(bits[i]));
      }
      ByteBuffer wide = ByteBuffer.allocate(Float.BYTES * bits.length);
      wide.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(wideBits);
      return wide;
    }
  }
}
