package dev.graft.onnx.io;

import com.google.protobuf.ByteString;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import dev.graft.onnx.io.proto.StringStringEntryProto;
import dev.graft.onnx.io.proto.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Makes tensors of the several ways in which a file can hold their elements. */
final class TensorDecoder {
  private static final int EXTERNAL = 1;

  /** The obsolete field {@code segment}, for tensors in pieces. */
  private static final int SEGMENT_FIELD = 3;

  private final ByteBuffer content;
  private final Path file;
  private final ExternalFiles externalFiles;

  /**
   * @param content the encoded model, of which raw data are slices
   */
  TensorDecoder(ByteBuffer content, Path file, ExternalFiles externalFiles) {
    this.content = content;
    this.file = file;
    this.externalFiles = externalFiles;
  }

  /**
   * @param where what the tensor is, for messages, such as {@code initializer 'w'}
   */
  Tensor decode(TensorProto proto, String where) throws IOException {
    if (proto.getUnknownFields().hasField(SEGMENT_FIELD)) {
      throw bad(where, "is stored in segments, which no version of ONNX defines");
    }
    ElementType type = elementType(proto, where);
    long count = elementCount(proto, where);
    if (type == ElementType.STRING) {
      return strings(proto, count, where);
    }
    if (count > Long.MAX_VALUE / 16) {
      throw bad(where, "shape %s is too large".formatted(proto.getDimsList()));
    }
    return new Tensor(
        type, proto.getDimsList(), data(proto, type, count * type.sizeBytes(), where));
  }

  private ElementType elementType(TensorProto proto, String where) throws OnnxFormatException {
    int number = proto.getDataType();
    if (number <= 0 || number >= ElementType.values().length) {
      throw bad(
          where,
          "element type number %d is not supported; known are 1 (float) to %d (float8e5m2fnuz)"
              .formatted(number, ElementType.values().length - 1));
    }
    return ElementType.ofNumber(number);
  }

  private long elementCount(TensorProto proto, String where) throws OnnxFormatException {
    long count = 1;
    boolean overflow = false;
    for (long dim : proto.getDimsList()) {
      if (dim < 0) {
        throw bad(where, "shape %s has a negative dimension".formatted(proto.getDimsList()));
      }
      // A zero further on makes the product zero, whatever the others are.
      overflow |= dim != 0 && count > Long.MAX_VALUE / dim;
      count = overflow ? Long.MAX_VALUE : count * dim;
    }
    if (overflow) {
      throw bad(where, "shape %s has too many elements".formatted(proto.getDimsList()));
    }
    return count;
  }

  private TensorData data(TensorProto proto, ElementType type, long sizeBytes, String where)
      throws IOException {
    if (proto.getDataLocation() == EXTERNAL) {
      return external(proto, sizeBytes, where);
    }
    if (proto.getDataLocation() != 0) {
      throw bad(
          where,
          "data location %d is not known; expected 0 (inline) or 1 (external)"
              .formatted(proto.getDataLocation()));
    }
    if (proto.hasRawData()) {
      RawPlace raw = RawPlace.decode(proto.getRawData());
      if (raw.length() != sizeBytes) {
        throw bad(
            where,
            "raw data has %d bytes; a %s tensor of shape %s needs %d"
                .formatted(raw.length(), type.text(), proto.getDimsList(), sizeBytes));
      }
      return new TensorData.Inline(raw.in(content));
    }
    return typed(proto, type, sizeBytes, where);
  }

  private TensorData external(TensorProto proto, long sizeBytes, String where) throws IOException {
    Map<String, String> entries = new HashMap<>();
    for (StringStringEntryProto entry : proto.getExternalDataList()) {
      if (entries.put(entry.getKey(), entry.getValue()) != null) {
        throw bad(where, "external data has two entries '%s'".formatted(entry.getKey()));
      }
    }
    String location = entries.getOrDefault("location", "");
    long offset = number(entries, "offset", 0, where);
    long length = number(entries, "length", sizeBytes, where);
    if (length != sizeBytes) {
      throw bad(
          where,
          "external data has length %d; shape %s needs %d bytes"
              .formatted(length, proto.getDimsList(), sizeBytes));
    }
    if (length > Integer.MAX_VALUE) {
      throw bad(
          where,
          "has %d bytes; one tensor may hold at most %d".formatted(length, Integer.MAX_VALUE));
    }
    ExternalFiles.DataFile data = externalFiles.find(location, where);
    if (offset > data.sizeBytes() || length > data.sizeBytes() - offset) {
      throw bad(
          where,
          "external data '%s' has %d bytes; the tensor needs %d from offset %d"
              .formatted(location, data.sizeBytes(), length, offset));
    }
    return new TensorData.FileRegion(data.path(), offset, length);
  }

  private long number(Map<String, String> entries, String key, long fallback, String where)
      throws OnnxFormatException {
    String text = entries.get(key);
    if (text == null) {
      return fallback;
    }
    try {
      long value = Long.parseLong(text.trim());
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Reported below, together with negative numbers.
    }
    throw bad(where, "external data %s is '%s'; expected a number of bytes".formatted(key, text));
  }

  private TensorData typed(TensorProto proto, ElementType type, long sizeBytes, String where)
      throws OnnxFormatException {
    return switch (type) {
      case FLOAT, COMPLEX64 -> {
        ByteBuffer out = allocate(proto.getFloatDataCount(), 4, sizeBytes, "float_data", where);
        for (int i = 0; i < proto.getFloatDataCount(); i++) {
          out.putFloat(proto.getFloatData(i));
        }
        yield inline(out);
      }
      case DOUBLE, COMPLEX128 -> {
        ByteBuffer out = allocate(proto.getDoubleDataCount(), 8, sizeBytes, "double_data", where);
        for (int i = 0; i < proto.getDoubleDataCount(); i++) {
          out.putDouble(proto.getDoubleData(i));
        }
        yield inline(out);
      }
      case INT64 -> {
        ByteBuffer out = allocate(proto.getInt64DataCount(), 8, sizeBytes, "int64_data", where);
        for (int i = 0; i < proto.getInt64DataCount(); i++) {
          out.putLong(proto.getInt64Data(i));
        }
        yield inline(out);
      }
      case UINT64, UINT32 -> {
        int size = type.sizeBytes();
        ByteBuffer out =
            allocate(proto.getUint64DataCount(), size, sizeBytes, "uint64_data", where);
        for (int i = 0; i < proto.getUint64DataCount(); i++) {
          put(out, size, proto.getUint64Data(i));
        }
        yield inline(out);
      }
      default -> {
        // All shorter types, halves included, are packed one to an int32.
        int size = type.sizeBytes();
        ByteBuffer out = allocate(proto.getInt32DataCount(), size, sizeBytes, "int32_data", where);
        for (int i = 0; i < proto.getInt32DataCount(); i++) {
          put(out, size, proto.getInt32Data(i));
        }
        yield inline(out);
      }
    };
  }

  private static void put(ByteBuffer out, int size, long value) {
    switch (size) {
      case 1 -> out.put((byte) value);
      case 2 -> out.putShort((short) value);
      case 4 -> out.putInt((int) value);
      default -> out.putLong(value);
    }
  }

  private ByteBuffer allocate(int found, int size, long sizeBytes, String field, String where)
      throws OnnxFormatException {
    if ((long) found * size != sizeBytes) {
      throw bad(
          where,
          "%s has %d elements; the shape needs %d".formatted(field, found, sizeBytes / size));
    }
    return ByteBuffer.allocate((int) sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static TensorData inline(ByteBuffer filled) {
    return new TensorData.Inline(filled.flip());
  }

  private Tensor strings(TensorProto proto, long count, String where) throws OnnxFormatException {
    if (proto.getStringDataCount() != count || proto.getDataLocation() == EXTERNAL) {
      throw bad(
          where,
          "string_data has %d elements; shape %s needs %d"
              .formatted(proto.getStringDataCount(), proto.getDimsList(), count));
    }
    return Tensor.strings(
        proto.getDimsList(),
        proto.getStringDataList().stream().map(ByteString::asReadOnlyByteBuffer).toList());
  }

  private OnnxFormatException bad(String where, String problem) {
    return new OnnxFormatException(file, "%s: %s".formatted(where, problem));
  }
}
