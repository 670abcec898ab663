package dev.graft.onnx.io;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;

/**
 * Where raw tensor data lie in an encoded model. A parsed {@code TensorProto} has this, encoded, in
 * its field {@code raw_data}.
 */
record RawPlace(int offset, int length) {

  static RawPlace decode(ByteString encoded) {
    ByteBuffer numbers = encoded.asReadOnlyByteBuffer();
    return new RawPlace(numbers.getInt(), numbers.getInt());
  }

  ByteString encoded() {
    return ByteString.copyFrom(ByteBuffer.allocate(8).putInt(offset).putInt(length).flip());
  }

  ByteBuffer in(ByteBuffer model) {
    return model.slice(offset, length);
  }
}
