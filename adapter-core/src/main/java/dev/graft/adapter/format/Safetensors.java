package dev.graft.adapter.format;

import dev.graft.adapter.FloatTensor;
import dev.graft.files.Presence;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.SortedMap;

/**
 * An open safetensors file.
 *
 * <p>Layout: {@code [u64 little-endian N][N bytes of UTF-8 JSON][data]}. The JSON is an object of
 * {@code name: {"dtype", "shape", "data_offsets": [begin, end]}}, offsets counted from the start of
 * the data, and optionally {@code "__metadata__"}, an object of strings. Values are little-endian,
 * row-major and packed.
 *
 * <p>{@link #open} checks the whole header before any of it is used: at most 100,000,000 bytes,
 * inside the file, valid UTF-8 and JSON, first byte <code>'{'</code>, no key twice, known dtypes,
 * products that do not overflow, offsets that agree with dtype and shape, and tensors that fill the
 * data exactly, without hole, overlap or trailing byte. Tensors with a zero dimension and scalars
 * are legal. Values are not checked: NaN and infinity pass.
 *
 * <p>The file stays open until {@link #close}; threads may share an instance. Slices from {@link
 * #map} outlive it.
 */
public final class Safetensors implements Closeable {
  /** Longest header that is read; the limit of the reference implementation. */
  public static final int MAX_HEADER_BYTES = 100_000_000;

  private static final int CHUNK_BYTES = 1 << 20;

  private final Path path;
  private final FileChannel channel;
  private final SafetensorsHeader header;

  private Safetensors(Path path, FileChannel channel, SafetensorsHeader header) {
    this.path = path;
    this.channel = channel;
    this.header = header;
  }

  /**
   * Open and check a file.
   *
   * @throws AdapterFormatException if the file breaks a rule of the format
   */
  public static Safetensors open(Path path) throws IOException {
    if (Presence.of(path) && !Presence.ofFile(path)) {
      throw new AdapterFormatException(path, "", "not a regular file");
    }
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new Safetensors(path, channel, readHeader(path, channel));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static SafetensorsHeader readHeader(Path path, FileChannel channel) throws IOException {
    long fileLength = channel.size();
    if (fileLength < Long.BYTES) {
      throw new AdapterFormatException(
          path, "byte 0", "%d bytes are too few for a safetensors file".formatted(fileLength));
    }
    ByteBuffer prefix = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(path, channel, prefix, 0);
    long length = prefix.flip().getLong();
    if (length < 0 || length > MAX_HEADER_BYTES) {
      throw new AdapterFormatException(
          path,
          "byte 0",
          "header length %s is above the limit of %d"
              .formatted(Long.toUnsignedString(length), MAX_HEADER_BYTES));
    }
    long dataStart = Long.BYTES + length;
    if (dataStart > fileLength) {
      throw new AdapterFormatException(
          path,
          "byte 0",
          "the header's %d bytes reach beyond the file's %d; the file is truncated"
              .formatted(length, fileLength));
    }
    ByteBuffer json = ByteBuffer.allocate((int) length);
    readFully(path, channel, json, Long.BYTES);
    return SafetensorsHeader.parse(path, json.array(), dataStart, fileLength - dataStart);
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** The tensors by name. */
  public SortedMap<String, SafetensorsEntry> entries() {
    return Collections.unmodifiableSortedMap(header.entries());
  }

  /** The strings of {@code __metadata__}; empty where there are none. */
  public SortedMap<String, String> metadata() {
    return Collections.unmodifiableSortedMap(header.metadata());
  }

  /**
   * One tensor's entry.
   *
   * @throws IllegalArgumentException if there is no tensor of that name
   */
  public SafetensorsEntry entry(String name) {
    SafetensorsEntry entry = header.entries().get(name);
    if (entry == null) {
      throw new IllegalArgumentException("%s has no tensor \"%s\"".formatted(path, name));
    }
    return entry;
  }

  /**
   * Map one tensor's bytes, little-endian and read-only, without copying.
   *
   * @throws IllegalArgumentException if the tensor has more than 2^31 - 1 bytes; map it in parts
   */
  public ByteBuffer map(String name) throws IOException {
    SafetensorsEntry entry = entry(name);
    return map(entry, 0, entry.lengthBytes());
  }

  /**
   * Map a part of a tensor's bytes, little-endian and read-only, without copying.
   *
   * @param from first byte, counted from the tensor's own start
   * @throws IllegalArgumentException if the part is not inside the tensor or longer than 2^31 - 1
   *     bytes
   */
  public ByteBuffer map(SafetensorsEntry entry, long from, long lengthBytes) throws IOException {
    if (from < 0 || lengthBytes < 0 || from > entry.lengthBytes() - lengthBytes) {
      throw new IllegalArgumentException(
          "bytes [%d, %d + %d) are not inside tensor \"%s\" of %d bytes"
              .formatted(from, from, lengthBytes, entry.name(), entry.lengthBytes()));
    }
    if (lengthBytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "tensor \"%s\": one buffer cannot hold %d bytes; map it in parts"
              .formatted(entry.name(), lengthBytes));
    }
    return channel
        .map(FileChannel.MapMode.READ_ONLY, entry.offset() + from, lengthBytes)
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Read one tensor as floats. Copies, so that a file which changes later does no harm.
   *
   * @throws AdapterFormatException if the tensor is not F32, F16, BF16 or F64, or is too large for
   *     an array
   */
  public FloatTensor floats(String name) throws IOException {
    SafetensorsEntry entry = entry(name);
    TensorDtype dtype = entry.dtype();
    if (!dtype.isAdapterType() && dtype != TensorDtype.F64) {
      throw new AdapterFormatException(
          path,
          "/" + name,
          "dtype %s cannot be read as floats; store it as F32, F16 or BF16".formatted(dtype));
    }
    long count = entry.lengthBytes() / dtype.sizeBytes();
    if (count > Integer.MAX_VALUE - 8) {
      throw new AdapterFormatException(
          path, "/" + name, "%d values are more than a Java array holds".formatted(count));
    }
    float[] values = new float[(int) count];
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    long position = entry.offset();
    for (int next = 0; next < values.length; ) {
      int inChunk = Math.min(CHUNK_BYTES / dtype.sizeBytes(), values.length - next);
      chunk.clear().limit(inChunk * dtype.sizeBytes());
      readFully(path, channel, chunk, position);
      position += chunk.flip().limit();
      for (int i = 0; i < inChunk; i++) {
        values[next++] = FloatCodec.read(chunk, dtype);
      }
    }
    return FloatTensor.wrap(entry.shape(), values);
  }

  private static void readFully(Path path, FileChannel channel, ByteBuffer target, long position)
      throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int count = channel.read(target, at);
      if (count < 0) {
        throw new AdapterFormatException(
            path, "byte " + at, "the file ends here, although it was longer when it was opened");
      }
      at += count;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
