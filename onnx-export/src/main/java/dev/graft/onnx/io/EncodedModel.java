package dev.graft.onnx.io;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import com.google.protobuf.WireFormat;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import dev.graft.onnx.io.proto.GraphProto;
import dev.graft.onnx.io.proto.ModelProto;
import dev.graft.onnx.io.proto.TensorProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * An encoded model as a sequence of parts: messages on the heap, and between them the data of
 * initializers where they are, in files as a rule. The graph follows the model's other fields, the
 * initializers follow the graph's; protobuf lets fields come in any order.
 */
final class EncodedModel {
  private final List<TensorData> parts = new ArrayList<>();
  private long sizeBytes;

  /**
   * @param model without its graph
   * @param graph without its initializers
   */
  EncodedModel(ModelProto model, GraphProto graph, List<Initializer> initializers) {
    EncodedModel tensors = new EncodedModel();
    for (Initializer initializer : initializers) {
      tensors.addInitializer(initializer);
    }
    add(model);
    addHeader(ModelProto.GRAPH_FIELD_NUMBER, graph.getSerializedSize() + tensors.sizeBytes);
    add(graph);
    tensors.parts.forEach(this::add);
  }

  private EncodedModel() {}

  /** An initializer whose message lacks the raw data if {@code data} is not empty. */
  record Initializer(TensorProto message, List<Tensor> data) {
    Initializer {
      data = List.copyOf(data);
    }
  }

  long sizeBytes() {
    return sizeBytes;
  }

  void writeTo(WritableByteChannel channel) throws IOException {
    for (TensorData part : parts) {
      part.forEachPart(
          bytes -> {
            while (bytes.hasRemaining()) {
              channel.write(bytes);
            }
          });
    }
  }

  byte[] toByteArray() throws IOException {
    ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(sizeBytes));
    for (TensorData part : parts) {
      part.forEachPart(all::put);
    }
    return all.array();
  }

  private void addInitializer(Initializer initializer) {
    EncodedModel content = new EncodedModel();
    content.add(initializer.message());
    for (Tensor tensor : initializer.data()) {
      content.addHeader(TensorProto.RAW_DATA_FIELD_NUMBER, tensor.data().sizeBytes());
      content.add(tensor.data());
    }
    addHeader(GraphProto.INITIALIZER_FIELD_NUMBER, content.sizeBytes);
    content.parts.forEach(this::add);
  }

  private void add(Message message) {
    add(new TensorData.Inline(ByteBuffer.wrap(message.toByteArray())));
  }

  private void add(TensorData part) {
    parts.add(part);
    sizeBytes += part.sizeBytes();
  }

  private void addHeader(int field, long length) {
    byte[] header = new byte[20];
    CodedOutputStream out = CodedOutputStream.newInstance(header);
    try {
      out.writeTag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
      out.writeUInt64NoTag(length);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    add(new TensorData.Inline(ByteBuffer.wrap(header, 0, out.getTotalBytesWritten())));
  }
}
