package dev.graft.onnx.io;

import dev.graft.files.AtomicFiles;
import dev.graft.files.Digests;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes tensors into one data file that models beside it refer to.
 *
 * <p>Tensors lie in the order of the map, tensors of equal bytes once. Each starts at a multiple of
 * a power of two: at least {@value #MIN_ALIGNMENT} (a cache line, and the widest vector load), at
 * most {@value #MAX_ALIGNMENT} (the unit in which Windows maps files, a multiple of the 4096-byte
 * page that the ONNX specification asks for), and in between no more than a sixteenth of the
 * tensor, so that big matrices can be mapped by themselves and the gaps stay below 7 % of the file.
 */
public final class ExternalData {
  /**
   * Smaller tensors stay inline. Shapes, axes and scalars are among them, and ONNX's shape
   * inference reads those from the model file only.
   */
  public static final long DEFAULT_MINIMUM_BYTES = 1024;

  static final int MIN_ALIGNMENT = 64;
  static final int MAX_ALIGNMENT = 65536;

  private ExternalData() {}

  /**
   * What was written.
   *
   * @param tensors all the tensors that were given, in their order; those that went into the file
   *     as {@link TensorData.FileRegion}s, the others as they were
   * @param sha256 of the whole file, in hexadecimal
   */
  public record Written(Map<String, Tensor> tensors, Path file, long sizeBytes, String sha256) {
    public Written {
      tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }
  }

  /** Writes the tensors of at least {@link #DEFAULT_MINIMUM_BYTES}. */
  public static Written write(Map<String, Tensor> tensors, Path file) throws IOException {
    return write(tensors, file, DEFAULT_MINIMUM_BYTES);
  }

  /**
   * Writes the tensors of at least {@code minimumBytes} into a file, atomically. String tensors
   * cannot be external and stay as they are. The tensors may lie in an older version of the same
   * file.
   */
  public static Written write(Map<String, Tensor> tensors, Path file, long minimumBytes)
      throws IOException {
    Path target = file.toAbsolutePath().normalize();
    Map<String, Tensor> result = new LinkedHashMap<>(tensors);
    Output output = new Output();
    AtomicFiles.write(
        target,
        channel -> {
          for (Map.Entry<String, Tensor> entry : result.entrySet()) {
            Tensor tensor = entry.getValue();
            long size = tensor.data().sizeBytes();
            if (tensor.elementType() != ElementType.STRING && size > 0 && size >= minimumBytes) {
              long offset = output.append(channel, tensor.data());
              TensorData region = new TensorData.FileRegion(target, offset, size);
              entry.setValue(new Tensor(tensor.elementType(), tensor.dims(), region));
            }
          }
        });
    return new Written(result, target, output.position, hex(output.digest));
  }

  static long alignment(long sizeBytes) {
    return Math.max(MIN_ALIGNMENT, Math.min(MAX_ALIGNMENT, Long.highestOneBit(sizeBytes / 16)));
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The file as written so far. */
  private static final class Output {
    private final MessageDigest digest = Digests.sha256();
    private final Map<String, Long> offsets = new HashMap<>();
    private long position;

    /** Appends the data, unless equal ones are there, and returns where they start. */
    long append(FileChannel channel, TensorData data) throws IOException {
      MessageDigest own = Digests.sha256();
      data.forEachPart(own::update);
      String key = hex(own);
      Long known = offsets.get(key);
      if (known != null) {
        return known;
      }
      long alignment = alignment(data.sizeBytes());
      long offset = Math.floorDiv(position + alignment - 1, alignment) * alignment;
      put(channel, ByteBuffer.allocate((int) (offset - position)));
      data.forEachPart(part -> put(channel, part));
      offsets.put(key, offset);
      return offset;
    }

    private void put(FileChannel channel, ByteBuffer bytes) throws IOException {
      digest.update(bytes.duplicate());
      while (bytes.hasRemaining()) {
        position += channel.write(bytes);
      }
    }
  }
}
