package dev.graft.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtSession;
import dev.graft.text.NearestNames;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The outputs of one run.
 *
 * <p>Outputs that ONNX Runtime allocated are freed by {@link #close()}; pinned ones remain their
 * owner's. For one thread at a time.
 */
public final class RunResult implements AutoCloseable {
  private final String model;
  private final OrtSession.Result result;
  private final Map<String, NativeTensor> pinned;
  private final Map<String, OnnxTensor> outputs;
  private final NativeHandles.Handle handle;
  private final AtomicBoolean closed = new AtomicBoolean();

  private RunResult(
      String model,
      OrtSession.Result result,
      Map<String, NativeTensor> pinned,
      Map<String, OnnxTensor> outputs) {
    this.model = model;
    this.result = result;
    this.pinned = pinned;
    this.outputs = outputs;
    this.handle = NativeHandles.open("result of model \"%s\"".formatted(model));
  }

  static RunResult of(String model, OrtSession.Result result, Map<String, NativeTensor> pinned) {
    Map<String, OnnxTensor> outputs = new LinkedHashMap<>();
    for (Map.Entry<String, OnnxValue> entry : result) {
      if (!(entry.getValue() instanceof OnnxTensor tensor)) {
        result.close();
        throw new OrtFailure(
            "output \"%s\" of model \"%s\" is not a tensor but %s"
                .formatted(entry.getKey(), model, entry.getValue()));
      }
      outputs.put(entry.getKey(), tensor);
    }
    return new RunResult(model, result, Map.copyOf(pinned), outputs);
  }

  /** The dimensions of an output. */
  public long[] shape(String name) {
    return output(name).getInfo().getShape();
  }

  /** Copy an output's elements, row-major; float16 and bfloat16 are widened. */
  public float[] floats(String name) {
    FloatBuffer view = floatBuffer(name);
    float[] values = new float[view.remaining()];
    view.get(values);
    return values;
  }

  /**
   * View an output's elements until this result is closed; float16 and bfloat16 are widened. A
   * pinned output is viewed in place, one that ONNX Runtime allocated is copied (its Java API has
   * no other way).
   */
  public FloatBuffer floatBuffer(String name) {
    NativeTensor own = pinned.get(name);
    if (own != null && own.type() == ElementType.FLOAT) {
      return own.floatBuffer();
    }
    OnnxTensor tensor = output(name);
    require(name, tensor, ElementType.FLOAT, ElementType.FLOAT16, ElementType.BFLOAT16);
    return isEmpty(tensor) ? FloatBuffer.allocate(0) : tensor.getFloatBuffer();
  }

  /** Copy an int64 output's elements, row-major. */
  public long[] longs(String name) {
    OnnxTensor tensor = output(name);
    require(name, tensor, ElementType.INT64);
    return isEmpty(tensor) ? new long[0] : tensor.getLongBuffer().array();
  }

  /** Copy an int32 output's elements, row-major. */
  public int[] ints(String name) {
    OnnxTensor tensor = output(name);
    require(name, tensor, ElementType.INT32);
    return isEmpty(tensor) ? new int[0] : tensor.getIntBuffer().array();
  }

  /** Copy a bool output's elements, row-major. */
  public boolean[] bools(String name) {
    OnnxTensor tensor = output(name);
    require(name, tensor, ElementType.BOOL);
    ByteBuffer bytes = isEmpty(tensor) ? ByteBuffer.allocate(0) : tensor.getByteBuffer();
    boolean[] values = new boolean[bytes.remaining()];
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes.get(i) != 0;
    }
    return values;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      result.close();
      handle.close();
    }
  }

  private OnnxTensor output(String name) {
    if (closed.get()) {
      throw new IllegalStateException("result of model \"%s\" is closed".formatted(model));
    }
    OnnxTensor tensor = outputs.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "this run of model \"%s\" has no output \"%s\", it has %s%s"
              .formatted(
                  model,
                  name,
                  NearestNames.list(outputs.keySet()),
                  NearestNames.hint(name, outputs.keySet())));
    }
    return tensor;
  }

  private void require(String name, OnnxTensor tensor, ElementType... accepted) {
    ElementType found = ElementType.of(tensor.getInfo().type, "output \"%s\"".formatted(name));
    for (ElementType type : accepted) {
      if (type == found) {
        return;
      }
    }
    throw new IllegalArgumentException(
        "output \"%s\" of model \"%s\" holds %s, not %s"
            .formatted(name, model, found, accepted[0]));
  }

  private static boolean isEmpty(OnnxTensor tensor) {
    return tensor.getInfo().getNumElements() == 0;
  }
}
