package dev.graft.ort;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.graft.onnx.io.proto.ModelProto;
import dev.graft.onnx.io.proto.TensorProto;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which shared weights a graph has as initializers.
 *
 * <p>ONNX Runtime takes a weight of another shape or type without a word and computes nonsense with
 * it, so both are compared here.
 */
final class SharedInitializers {
  private static final Map<ElementType, Integer> ONNX_TYPES =
      Map.of(
          ElementType.FLOAT, 1,
          ElementType.UINT8, 2,
          ElementType.INT8, 3,
          ElementType.INT32, 6,
          ElementType.INT64, 7,
          ElementType.BOOL, 9,
          ElementType.FLOAT16, 10,
          ElementType.DOUBLE, 11,
          ElementType.BFLOAT16, 16);

  private SharedInitializers() {}

  /**
   * Pick the weights that the graph names; several graphs may share one set without each using all
   * of it.
   *
   * @throws OrtFailure if a weight has another shape or type than the graph says
   */
  static Map<String, NativeTensor> in(ModelSource source, Map<String, NativeTensor> weights) {
    Map<String, NativeTensor> used = new TreeMap<>();
    if (weights.isEmpty()) {
      return used;
    }
    for (TensorProto initializer : parse(source).getGraph().getInitializerList()) {
      NativeTensor weight = weights.get(initializer.getName());
      if (weight != null) {
        requireSame(source, initializer, weight);
        used.put(initializer.getName(), weight);
      }
    }
    return used;
  }

  private static void requireSame(
      ModelSource source, TensorProto initializer, NativeTensor weight) {
    long[] expected = initializer.getDimsList().stream().mapToLong(Long::longValue).toArray();
    Integer type = ONNX_TYPES.get(weight.type());
    if (!Arrays.equals(expected, weight.shape())
        || type == null
        || type != initializer.getDataType()) {
      throw new OrtFailure(
          "shared weight \"%s\" is %s, but model \"%s\" has it with shape %s and ONNX element type %d"
              .formatted(
                  initializer.getName(),
                  weight,
                  source.name(),
                  Arrays.toString(expected),
                  initializer.getDataType()));
    }
  }

  private static ModelProto parse(ModelSource source) {
    CodedInputStream in = CodedInputStream.newInstance(source.graph());
    // Inline tensors stay where they are instead of being copied to the heap.
    in.enableAliasing(true);
    try {
      return ModelProto.parseFrom(in);
    } catch (InvalidProtocolBufferException e) {
      throw new OrtFailure(
          "model \"%s\" is not an ONNX file: %s".formatted(source.name(), e.getMessage()), e);
    } catch (IOException e) {
      throw OrtFailure.during("reading model \"%s\"".formatted(source.name()), e);
    }
  }
}
