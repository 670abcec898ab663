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

  /** A read-only little-endian view whose position is 0; a new one at every call. */
  ByteBuffer bytes();

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
  }

  /**
   * A part of a file, mapped when it is asked for. The writer refers to it in place when the file
   * lies in the folder of the model being written.
   */
  record FileRegion(Path file, long offset, long length) implements TensorData {
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
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        if (channel.size() < offset + length) {
          throw new IOException(
              "%s: file of %d bytes ends before a tensor at offset %d with %d bytes"
                  .formatted(file, channel.size(), offset, length));
        }
        return channel
            .map(FileChannel.MapMode.READ_ONLY, offset, length)
            .order(ByteOrder.LITTLE_ENDIAN);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
