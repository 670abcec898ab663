package dev.graft.adapter.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.graft.adapter.FloatTensor;
import dev.graft.files.AtomicFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes safetensors files as the reference implementation does: tensors by alignment of their type
 * (all the same here) and then by the bytes of their name, the header padded with spaces to a
 * multiple of 8. The same content gives the same bytes.
 */
public final class SafetensorsWriter {
  private static final int CHUNK_BYTES = 1 << 20;

  private SafetensorsWriter() {}

  /**
   * Write a file, atomically: readers see the old one or the whole new one.
   *
   * @param path the file; replaced where it exists
   * @param tensors the tensors by name
   * @param metadata strings for {@code __metadata__}; left out where empty
   * @param dtype F32, F16 or BF16
   * @throws IllegalArgumentException if {@code dtype} is another, a value does not fit it, or a
   *     tensor is named {@code __metadata__}
   */
  public static void write(
      Path path, Map<String, FloatTensor> tensors, Map<String, String> metadata, TensorDtype dtype)
      throws IOException {
    SortedMap<String, FloatTensor> inOrder = new TreeMap<>(SafetensorsWriter::compareBytes);
    inOrder.putAll(tensors);
    check(inOrder, dtype);
    byte[] header = header(inOrder, metadata, dtype);
    AtomicFiles.write(
        path,
        channel -> {
          AtomicFiles.writeFully(
              channel,
              ByteBuffer.allocate(Long.BYTES)
                  .order(ByteOrder.LITTLE_ENDIAN)
                  .putLong(header.length)
                  .flip());
          AtomicFiles.writeFully(channel, ByteBuffer.wrap(header));
          writeData(channel, inOrder.values(), dtype);
        });
  }

  /**
   * Rust compares strings by their UTF-8 bytes, Java by UTF-16 units; they differ beyond U+FFFF.
   */
  private static int compareBytes(String a, String b) {
    return Arrays.compareUnsigned(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  private static void check(Map<String, FloatTensor> tensors, TensorDtype dtype) {
    if (!dtype.isAdapterType()) {
      throw new IllegalArgumentException(
          "adapters are written as F32, F16 or BF16, not as " + dtype);
    }
    tensors.forEach(
        (name, tensor) -> {
          if (name.equals("__metadata__")) {
            throw new IllegalArgumentException("a tensor cannot be named \"__metadata__\"");
          }
          FloatBuffer values = tensor.buffer();
          while (values.hasRemaining()) {
            float value = values.get();
            if (!FloatCodec.fits(value, dtype)) {
              throw new IllegalArgumentException(
                  "tensor \"%s\": %s is too large for %s; write F32".formatted(name, value, dtype));
            }
          }
        });
  }

  private static byte[] header(
      Map<String, FloatTensor> tensors, Map<String, String> metadata, TensorDtype dtype)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart("__metadata__");
        for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long begin = 0;
      for (Map.Entry<String, FloatTensor> entry : tensors.entrySet()) {
        FloatTensor tensor = entry.getValue();
        long end = begin + (long) tensor.size() * dtype.sizeBytes();
        json.writeObjectFieldStart(entry.getKey());
        json.writeStringField("dtype", dtype.name());
        json.writeFieldName("shape");
        writeNumbers(json, tensor.shape().stream().mapToLong(Long::longValue).toArray());
        json.writeFieldName("data_offsets");
        writeNumbers(json, begin, end);
        json.writeEndObject();
        begin = end;
      }
      json.writeEndObject();
    }
    while (bytes.size() % 8 != 0) {
      bytes.write(' ');
    }
    if (bytes.size() > Safetensors.MAX_HEADER_BYTES) {
      throw new IllegalArgumentException(
          "%d tensors need a header of %d bytes, above the format's limit of %d"
              .formatted(tensors.size(), bytes.size(), Safetensors.MAX_HEADER_BYTES));
    }
    return bytes.toByteArray();
  }

  private static void writeNumbers(JsonGenerator json, long... numbers) throws IOException {
    json.writeArray(numbers, 0, numbers.length);
  }

  private static void writeData(
      FileChannel channel, Collection<FloatTensor> tensors, TensorDtype dtype) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (FloatTensor tensor : tensors) {
      FloatBuffer values = tensor.buffer();
      while (values.hasRemaining()) {
        if (chunk.remaining() < dtype.sizeBytes()) {
          AtomicFiles.writeFully(channel, chunk.flip());
          chunk.clear();
        }
        FloatCodec.write(chunk, dtype, values.get());
      }
    }
    AtomicFiles.writeFully(channel, chunk.flip());
  }
}
