package dev.graft.autodiff;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import dev.graft.onnx.io.OnnxWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** A graph loaded into the stock ONNX Runtime. */
final class StockOrt implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  StockOrt(Graph graph) {
    this(graph, 1);
  }

  StockOrt(Graph graph, int threads) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      byte[] bytes = OnnxWriter.toBytes(Model.of(graph), Path.of("."));
      session = environment.createSession(bytes, options);
    } catch (OrtException | IOException e) {
      throw new IllegalStateException("cannot load graph '%s'".formatted(graph.name()), e);
    }
  }

  /** Runs with the given inputs, of which those that the graph does not have are left out. */
  Map<String, Tensor> run(Map<String, Tensor> feeds) {
    Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, Tensor> feed : feeds.entrySet()) {
        if (session.getInputNames().contains(feed.getKey())) {
          inputs.put(feed.getKey(), toOrt(feed.getValue()));
        }
      }
      Map<String, Tensor> outputs = new LinkedHashMap<>();
      try (OrtSession.Result result = session.run(inputs)) {
        for (Map.Entry<String, OnnxValue> output : result) {
          outputs.put(output.getKey(), fromOrt((OnnxTensor) output.getValue()));
        }
      }
      return outputs;
    } catch (OrtException e) {
      throw new IllegalStateException("the run failed", e);
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  private OnnxTensor toOrt(Tensor tensor) throws OrtException {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect((int) tensor.data().sizeBytes()).order(ByteOrder.nativeOrder());
    bytes.put(tensor.data().bytes()).flip();
    long[] shape = tensor.dims().stream().mapToLong(Long::longValue).toArray();
    OnnxJavaType type =
        switch (tensor.elementType()) {
          case FLOAT -> OnnxJavaType.FLOAT;
          case DOUBLE -> OnnxJavaType.DOUBLE;
          case INT64 -> OnnxJavaType.INT64;
          case INT32 -> OnnxJavaType.INT32;
          case BOOL -> OnnxJavaType.BOOL;
          default -> throw new IllegalArgumentException(tensor.toString());
        };
    return OnnxTensor.createTensor(environment, bytes, shape, type);
  }

  private static Tensor fromOrt(OnnxTensor tensor) {
    TensorInfo info = tensor.getInfo();
    ElementType type = ElementType.valueOf(info.type.name());
    ByteBuffer bytes = tensor.getByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    return new Tensor(
        type, Arrays.stream(info.getShape()).boxed().toList(), new TensorData.Inline(bytes));
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
