package dev.graft.onnx.io;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs models on ONNX Runtime, as the judge of what we write. */
public final class Ort {
  private Ort() {}

  /** Runs the model in a file and returns every output as a tensor. */
  public static Map<String, Tensor> run(Path model, Map<String, Tensor> inputs)
      throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
      try (OrtSession session = environment.createSession(model.toString(), options)) {
        return run(environment, session, inputs);
      }
    }
  }

  private static Map<String, Tensor> run(
      OrtEnvironment environment, OrtSession session, Map<String, Tensor> inputs)
      throws OrtException {
    Map<String, OnnxTensor> feeds = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
        feeds.put(input.getKey(), feed(environment, input.getValue()));
      }
      Map<String, Tensor> results = new LinkedHashMap<>();
      try (OrtSession.Result result = session.run(feeds)) {
        for (Map.Entry<String, ai.onnxruntime.OnnxValue> entry : result) {
          results.put(entry.getKey(), fetch((OnnxTensor) entry.getValue()));
        }
      }
      return results;
    } finally {
      feeds.values().forEach(OnnxTensor::close);
    }
  }

  private static OnnxTensor feed(OrtEnvironment environment, Tensor tensor) throws OrtException {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect((int) tensor.data().sizeBytes()).order(ByteOrder.nativeOrder());
    bytes.put(tensor.data().bytes()).flip();
    long[] dims = tensor.dims().stream().mapToLong(Long::longValue).toArray();
    return OnnxTensor.createTensor(environment, bytes, dims, javaType(tensor.elementType()));
  }

  private static OnnxJavaType javaType(ElementType type) {
    return switch (type) {
      case FLOAT -> OnnxJavaType.FLOAT;
      case DOUBLE -> OnnxJavaType.DOUBLE;
      case INT64 -> OnnxJavaType.INT64;
      case INT32 -> OnnxJavaType.INT32;
      case BOOL -> OnnxJavaType.BOOL;
      case FLOAT16 -> OnnxJavaType.FLOAT16;
      default -> throw new IllegalArgumentException("no input of type %s".formatted(type));
    };
  }

  private static ElementType elementType(OnnxJavaType type) {
    return switch (type) {
      case FLOAT -> ElementType.FLOAT;
      case DOUBLE -> ElementType.DOUBLE;
      case INT64 -> ElementType.INT64;
      case INT32 -> ElementType.INT32;
      case BOOL -> ElementType.BOOL;
      case FLOAT16 -> ElementType.FLOAT16;
      default -> throw new IllegalArgumentException("no output of type %s".formatted(type));
    };
  }

  private static Tensor fetch(OnnxTensor tensor) {
    TensorInfo info = tensor.getInfo();
    List<Long> dims = Arrays.stream(info.getShape()).boxed().toList();
    ElementType type = elementType(info.type);
    ByteBuffer copy = ByteBuffer.allocate(tensor.getByteBuffer().remaining());
    copy.put(tensor.getByteBuffer()).flip();
    return new Tensor(type, dims, new TensorData.Inline(copy));
  }
}
