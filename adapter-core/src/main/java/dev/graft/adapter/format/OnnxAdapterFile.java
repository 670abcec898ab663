package dev.graft.adapter.format;

import com.google.flatbuffers.FlatBufferBuilder;
import dev.graft.adapter.FloatTensor;
import dev.graft.files.AtomicFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The bytes of an {@code .onnx_adapter} file: a FlatBuffer with identifier {@code TORT}, format
 * version 1, and named tensors. What the tensors mean is the business of {@link OnnxAdapterFormat}.
 *
 * <p>Tables by slot: Adapter {format_version, adapter_version, model_version, parameters},
 * Parameter {name, dims, data_type, raw_data}. Element types are ONNX's numbers. FlatBuffers limits
 * a file to 2 GiB.
 */
final class OnnxAdapterFile {
  static final String IDENTIFIER = "TORT";

  private static final int FORMAT_VERSION = 1;
  private static final int MIN_BYTES = 8;
  private static final long MAX_BYTES = Integer.MAX_VALUE - 16L;
  private static final Map<Integer, TensorDtype> DTYPES =
      Map.of(1, TensorDtype.F32, 10, TensorDtype.F16, 16, TensorDtype.BF16);

  private OnnxAdapterFile() {}

  static SortedMap<String, FloatTensor> read(Path path) throws IOException {
    long size = Files.size(path);
    if (size <= MIN_BYTES || size > MAX_BYTES) {
      throw new AdapterFormatException(
          path, "", "%d bytes are not the size of an .onnx_adapter file".formatted(size));
    }
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    if (!hasIdentifier(file)) {
      throw new AdapterFormatException(
          path,
          "byte 4",
          "expected the identifier \"%s\"; no .onnx_adapter file".formatted(IDENTIFIER));
    }
    FlatBufferTable root = FlatBufferTable.root(path, file);
    int version = root.intField(0, 0);
    if (version != FORMAT_VERSION) {
      throw new AdapterFormatException(
          path,
          "byte " + root.position(),
          "format version %d, expected %d".formatted(version, FORMAT_VERSION));
    }
    FlatBufferTable.Slice parameters = root.vector(3, Integer.BYTES, "the list of parameters");
    SortedMap<String, FloatTensor> tensors = new TreeMap<>();
    for (int i = 0; i < parameters.count(); i++) {
      FlatBufferTable parameter = root.tableAt(parameters, i);
      String name = parameter.stringField(0, "the name of parameter " + i);
      if (tensors.containsKey(name)) {
        throw new AdapterFormatException(path, "/" + name, "this parameter is given twice");
      }
      tensors.put(name, tensor(path, file, parameter, name));
    }
    return tensors;
  }

  static boolean hasIdentifier(ByteBuffer file) {
    byte[] identifier = new byte[4];
    file.get(4, identifier);
    return new String(identifier, StandardCharsets.ISO_8859_1).equals(IDENTIFIER);
  }

  private static FloatTensor tensor(
      Path path, ByteBuffer file, FlatBufferTable parameter, String name)
      throws AdapterFormatException {
    int type = parameter.intField(2, 0);
    TensorDtype dtype = DTYPES.get(type);
    if (dtype == null) {
      throw new AdapterFormatException(
          path,
          "/" + name,
          "ONNX data type %d is not supported, expected FLOAT (1), FLOAT16 (10) or BFLOAT16 (16)"
              .formatted(type));
    }
    FlatBufferTable.Slice dims = parameter.vector(1, Long.BYTES, "the dims of \"" + name + '"');
    FlatBufferTable.Slice data = parameter.vector(3, 1, "the data of \"" + name + '"');
    List<Long> shape = new ArrayList<>();
    for (int i = 0; i < dims.count(); i++) {
      shape.add(file.getLong(dims.start() + i * Long.BYTES));
    }
    long expected = lengthBytes(path, name, shape, dtype);
    if (expected != data.count()) {
      throw new AdapterFormatException(
          path,
          "/" + name,
          "%d bytes of data, but %s %s takes %d".formatted(data.count(), dtype, shape, expected));
    }
    float[] values = new float[data.count() / dtype.sizeBytes()];
    ByteBuffer bytes = file.slice(data.start(), data.count()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values.length; i++) {
      values[i] = FloatCodec.read(bytes, dtype);
    }
    return FloatTensor.wrap(shape, values);
  }

  private static long lengthBytes(Path path, String name, List<Long> shape, TensorDtype dtype)
      throws AdapterFormatException {
    try {
      long length = dtype.sizeBytes();
      for (long dim : shape) {
        if (dim < 0) {
          throw new AdapterFormatException(path, "/" + name, "negative dimension in " + shape);
        }
        length = Math.multiplyExact(length, dim);
      }
      return length;
    } catch (ArithmeticException e) {
      throw new AdapterFormatException(
          path, "/" + name, "the product of %s overflows".formatted(shape), e);
    }
  }

  static void write(Path path, SortedMap<String, FloatTensor> tensors, TensorDtype dtype)
      throws IOException {
    ByteBuffer bytes = encode(tensors, dtype);
    AtomicFiles.write(path, channel -> AtomicFiles.writeFully(channel, bytes));
  }

  private static ByteBuffer encode(SortedMap<String, FloatTensor> tensors, TensorDtype dtype) {
    requireRoom(tensors, dtype);
    FlatBufferBuilder builder = new FlatBufferBuilder(1 << 16);
    int type =
        DTYPES.entrySet().stream()
            .filter(entry -> entry.getValue() == dtype)
            .mapToInt(Map.Entry::getKey)
            .findFirst()
            .orElseThrow();
    List<Integer> parameters = new ArrayList<>();
    tensors.forEach(
        (name, tensor) -> parameters.add(parameter(builder, name, tensor, type, dtype)));
    int list =
        builder.createVectorOfTables(parameters.stream().mapToInt(Integer::intValue).toArray());
    builder.startTable(4);
    builder.addInt(0, FORMAT_VERSION, 0);
    builder.addOffset(3, list, 0);
    builder.finish(builder.endTable(), IDENTIFIER);
    return builder.dataBuffer();
  }

  /**
   * FlatBuffers builds the file from its end, so each part is finished before what refers to it.
   */
  private static int parameter(
      FlatBufferBuilder builder, String name, FloatTensor tensor, int type, TensorDtype dtype) {
    int data = data(builder, name, tensor, dtype);
    builder.startVector(Long.BYTES, tensor.shape().size(), Long.BYTES);
    for (int i = tensor.shape().size() - 1; i >= 0; i--) {
      builder.addLong(tensor.shape().get(i));
    }
    int dims = builder.endVector();
    int nameAt = builder.createString(name);
    builder.startTable(4);
    builder.addOffset(0, nameAt, 0);
    builder.addOffset(1, dims, 0);
    builder.addInt(2, type, 0);
    builder.addOffset(3, data, 0);
    return builder.endTable();
  }

  /** The schema aligns the data to 8 bytes, so that a reader may use it in place. */
  private static int data(
      FlatBufferBuilder builder, String name, FloatTensor tensor, TensorDtype dtype) {
    ByteBuffer target = builder.createUnintializedVector(1, tensor.size() * dtype.sizeBytes(), 8);
    target.order(ByteOrder.LITTLE_ENDIAN);
    FloatBuffer values = tensor.buffer();
    while (values.hasRemaining()) {
      float value = values.get();
      if (!FloatCodec.fits(value, dtype)) {
        throw new IllegalArgumentException(
            "tensor \"%s\": %s is too large for %s; write F32".formatted(name, value, dtype));
      }
      FloatCodec.write(target, dtype, value);
    }
    return builder.endVector();
  }

  private static void requireRoom(Map<String, FloatTensor> tensors, TensorDtype dtype) {
    long bytes = 1024;
    for (Map.Entry<String, FloatTensor> entry : tensors.entrySet()) {
      bytes += (long) entry.getValue().size() * dtype.sizeBytes();
      bytes += 3L * entry.getKey().length() + 8L * entry.getValue().shape().size() + 96;
    }
    if (bytes > MAX_BYTES / 2) {
      throw new IllegalArgumentException(
          ("the adapter takes about %d bytes, more than an .onnx_adapter can be built "
                  + "with (%d); write the peft format")
              .formatted(bytes, MAX_BYTES / 2));
    }
  }
}
