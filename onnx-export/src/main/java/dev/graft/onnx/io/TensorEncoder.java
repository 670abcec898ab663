package dev.graft.onnx.io;

import com.google.protobuf.ByteString;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import dev.graft.onnx.io.proto.StringStringEntryProto;
import dev.graft.onnx.io.proto.TensorProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Encodes tensors, by reference where their bytes lie in a file inside the model's folder. */
final class TensorEncoder {
  private static final int EXTERNAL = 1;

  /** An offset at which no file has bytes. */
  private static final long BEHIND_THE_END = 1L << 60;

  private final Path folder;
  private final String absent;
  private final Map<Path, Optional<String>> locations = new HashMap<>();

  /**
   * @param folder the real path of the model's folder
   * @param absent the file that data refer to which are in no file
   */
  TensorEncoder(Path folder, String absent) {
    this.folder = folder;
    this.absent = absent;
  }

  /** Encodes a tensor as a whole. */
  TensorProto.Builder encode(Tensor tensor) throws IOException {
    TensorProto.Builder proto = encodeWithoutRawData(tensor);
    return hasRawData(tensor)
        ? proto.setRawData(ByteString.copyFrom(tensor.data().bytes()))
        : proto;
  }

  /** Whether a tensor goes into the model as raw data. */
  boolean hasRawData(Tensor tensor) throws IOException {
    return tensor.elementType() != ElementType.STRING && location(tensor.data()).isEmpty();
  }

  TensorProto.Builder encodeWithoutRawData(Tensor tensor) throws IOException {
    TensorProto.Builder proto =
        TensorProto.newBuilder()
            .addAllDims(tensor.dims())
            .setDataType(tensor.elementType().number());
    if (tensor.elementType() == ElementType.STRING) {
      tensor.toStringBytes().forEach(b -> proto.addStringData(ByteString.copyFrom(b)));
      return proto;
    }
    Optional<String> location = location(tensor.data());
    if (location.isPresent() && tensor.data() instanceof TensorData.FileRegion region) {
      refer(proto, location.get(), region.offset(), region.length());
    }
    return proto;
  }

  /** Encodes a tensor whose data are handed over in memory when the model is opened. */
  TensorProto.Builder encodeWithoutData(Tensor tensor) {
    TensorProto.Builder proto =
        TensorProto.newBuilder()
            .addAllDims(tensor.dims())
            .setDataType(tensor.elementType().number());
    refer(proto, absent, BEHIND_THE_END, tensor.data().sizeBytes());
    return proto;
  }

  private static void refer(TensorProto.Builder proto, String location, long offset, long length) {
    proto
        .setDataLocation(EXTERNAL)
        .addExternalData(entry("location", location))
        .addExternalData(entry("offset", Long.toString(offset)))
        .addExternalData(entry("length", Long.toString(length)));
  }

  private Optional<String> location(TensorData data) throws IOException {
    return data instanceof TensorData.FileRegion region
        ? location(region.file())
        : Optional.empty();
  }

  private Optional<String> location(Path file) throws IOException {
    Optional<String> known = locations.get(file);
    if (known == null) {
      Path real = file.toRealPath();
      // With slashes on every system, as the specification wants it.
      known =
          real.startsWith(folder)
              ? Optional.of(
                  folder.relativize(real).toString().replace(java.io.File.separatorChar, '/'))
              : Optional.empty();
      locations.put(file, known);
    }
    return known;
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
