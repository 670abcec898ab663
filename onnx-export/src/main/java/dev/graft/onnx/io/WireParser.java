package dev.graft.onnx.io;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.graft.onnx.io.proto.AttributeProto;
import dev.graft.onnx.io.proto.ModelProto;
import dev.graft.onnx.io.proto.TensorProto;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Parses an encoded model without touching its weights. The protobuf library reads from arrays
 * only, so it would copy a whole mapped file to the heap; here it is given the fields of one
 * message at a time, and instead of raw tensor data the {@link RawPlace} where they lie.
 *
 * <p>On the way the structure is checked: lengths stay inside their message, nesting is bounded,
 * and there are no more elements than the heap can take (a file of two-byte empty messages would
 * become objects of hundreds of times its size).
 */
final class WireParser {
  /** Message levels; a subgraph takes three of them. */
  static final int MAX_DEPTH = 96;

  /** Heap that a message and what is made of it may take, found generous in heap dumps. */
  private static final int HEAP_PER_MESSAGE = 1024;

  private static final int HEAP_PER_FIELD = 64;

  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED_32 = 5;

  private final ByteBuffer bytes;
  private final Path file;
  private final long maxMessages;
  private final long maxFields;
  private final long maxCopiedBytes;
  private int position;
  private long messages;
  private long fields;
  private long copiedBytes;

  private WireParser(ByteBuffer bytes, Path file, long heapBytes) {
    this.bytes = bytes;
    this.file = file;
    this.maxMessages = heapBytes / HEAP_PER_MESSAGE;
    this.maxFields = heapBytes / HEAP_PER_FIELD;
    // Typed lists are there three times for a moment: encoded, as a list, and packed.
    this.maxCopiedBytes = heapBytes / 4;
  }

  /**
   * @param bytes starts at position 0
   * @param heapBytes the heap that may be used, for the limits
   */
  static ModelProto parse(ByteBuffer bytes, Path file, long heapBytes) throws OnnxFormatException {
    ModelProto.Builder model = ModelProto.newBuilder();
    new WireParser(bytes, file, heapBytes).message(model, bytes.limit(), 0);
    return model.build();
  }

  private void message(Message.Builder into, int end, int depth) throws OnnxFormatException {
    enter(depth);
    ByteArrayOutputStream rest = new ByteArrayOutputStream(0);
    while (position < end) {
      field(into, rest, end, depth);
    }
    try {
      into.mergeFrom(rest.toByteArray());
    } catch (InvalidProtocolBufferException e) {
      throw malformed(position, e.getMessage());
    }
  }

  private void field(Message.Builder into, ByteArrayOutputStream rest, int end, int depth)
      throws OnnxFormatException {
    int start = position;
    int number = tag(end);
    FieldDescriptor field = into.getDescriptorForType().findFieldByNumber(number >>> 3);
    if ((number & 7) != BYTES || !isPlaced(field)) {
      value(field, number, start, end, depth);
      copy(start, rest);
      return;
    }
    int length = length(start, end);
    if (!isMessage(field)) {
      into.setField(field, new RawPlace(position, length).encoded());
      position += length;
    } else if (field.isRepeated()) {
      Message.Builder child = into.newBuilderForField(field);
      message(child, position + length, depth + 1);
      into.addRepeatedField(field, child.build());
    } else {
      // A singular message that comes twice is merged, as protobuf has it.
      Message.Builder child = ((Message) into.getField(field)).toBuilder();
      message(child, position + length, depth + 1);
      into.setField(field, child.build());
    }
  }

  /** Whether a field is raw data, or a message in which there may be some that we look at. */
  private static boolean isPlaced(@Nullable FieldDescriptor field) {
    if (field == null) {
      return false;
    }
    int number = field.getNumber();
    Descriptor type = field.getContainingType();
    if (type == AttributeProto.getDescriptor()
        && (number == AttributeProto.TENSORS_FIELD_NUMBER
            || number == AttributeProto.GRAPHS_FIELD_NUMBER)) {
      return false; // Kept as they are, see Attribute.Opaque.
    }
    return isMessage(field)
        || (type == TensorProto.getDescriptor() && number == TensorProto.RAW_DATA_FIELD_NUMBER);
  }

  private static boolean isMessage(FieldDescriptor field) {
    return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
  }

  /** Moves over the value of a field, checking it. */
  private void value(@Nullable FieldDescriptor field, int tag, int start, int end, int depth)
      throws OnnxFormatException {
    switch (tag & 7) {
      case VARINT -> varint(end);
      case FIXED_64 -> skip(8, start, end);
      case FIXED_32 -> skip(4, start, end);
      case BYTES -> {
        int length = length(start, end);
        if (field != null && isMessage(field)) {
          checkMessage(field.getMessageType(), position + length, depth + 1);
        } else {
          position += length;
        }
      }
      default ->
          throw malformed(
              start, "field %d at byte %d has wire type %d".formatted(tag >>> 3, start, tag & 7));
    }
  }

  private void checkMessage(Descriptor type, int end, int depth) throws OnnxFormatException {
    enter(depth);
    while (position < end) {
      int start = position;
      int tag = tag(end);
      value(type.findFieldByNumber(tag >>> 3), tag, start, end, depth);
    }
  }

  private void enter(int depth) throws OnnxFormatException {
    if (depth > MAX_DEPTH) {
      throw tooMuch(
          "messages are nested deeper than %d levels (subgraphs in subgraphs)"
              .formatted(MAX_DEPTH));
    }
    if (++messages > maxMessages) {
      throw tooMuch(
          "more than %d nodes, values and attributes; a model of this size needs a larger heap"
              .formatted(maxMessages));
    }
  }

  private int tag(int end) throws OnnxFormatException {
    if (++fields > maxFields) {
      throw tooMuch(
          "more than %d fields; a model of this size needs a larger heap".formatted(maxFields));
    }
    int start = position;
    long tag = varint(end);
    if (tag < 0 || tag > 0xffffffffL || tag >>> 3 == 0) {
      throw malformed(start, "no field can be read at byte %d".formatted(start));
    }
    return (int) tag;
  }

  private void copy(int start, ByteArrayOutputStream rest) throws OnnxFormatException {
    copiedBytes += position - start;
    if (copiedBytes > maxCopiedBytes) {
      throw tooMuch(
          "more than %d bytes of data in typed lists; save the tensors as raw data, or use a larger heap"
              .formatted(maxCopiedBytes));
    }
    byte[] copy = new byte[position - start];
    bytes.get(start, copy);
    rest.writeBytes(copy);
  }

  private void skip(int length, int start, int end) throws OnnxFormatException {
    checkLength(length, start, end);
    position += length;
  }

  private int length(int start, int end) throws OnnxFormatException {
    long length = varint(end);
    checkLength(length, start, end);
    return (int) length;
  }

  private void checkLength(long length, int start, int end) throws OnnxFormatException {
    if (length < 0 || length > end - position) {
      throw malformed(
          start,
          "the field at byte %d says it has %s bytes, but %d remain"
              .formatted(start, Long.toUnsignedString(length), end - position));
    }
  }

  private long varint(int end) throws OnnxFormatException {
    int start = position;
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (position >= end) {
        throw malformed(start, "the number at byte %d is cut off".formatted(start));
      }
      byte b = bytes.get(position++);
      value |= shift < 64 ? (long) (b & 0x7f) << shift : 0;
      if (b >= 0) {
        return value;
      }
    }
    throw malformed(start, "the number at byte %d has more than ten bytes".formatted(start));
  }

  /** Says truncated or foreign, by how much of the file made sense. */
  private OnnxFormatException malformed(int offset, @Nullable String found) {
    return new OnnxFormatException(
        file,
        offset < 16
            ? "not an ONNX model: %s; expected the encoded ModelProto that exporters write"
                .formatted(found)
            : "truncated or damaged ONNX model of %d bytes: %s; copy or export the file again"
                .formatted(bytes.limit(), found));
  }

  private OnnxFormatException tooMuch(String found) {
    return new OnnxFormatException(file, "cannot be read: %s".formatted(found));
  }
}
