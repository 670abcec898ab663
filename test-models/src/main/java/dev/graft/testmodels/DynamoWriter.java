package dev.graft.testmodels;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Spells the encoder like PyTorch's newer exporter does for opset 18: whole normalisations, weights
 * as the checkpoint stores them and transposed in the graph, the mask by {@code Where}.
 */
final class DynamoWriter extends EncoderWriter {
  DynamoWriter(long seed, int vocabularySize) {
    super(seed, vocabularySize);
  }

  @Override
  long opset() {
    return 18;
  }

  @Override
  String producer() {
    return "pytorch";
  }

  @Override
  String linear(String module, String x, int in, int out) {
    String weight = graph.initializer(module + ".weight", gaussian(1 / Math.sqrt(in), out, in));
    String bias = graph.initializer(module + ".bias", gaussian(0.02, out));
    String turned = graph.op("Transpose", Map.of("perm", Attribute.ints(1, 0)), weight);
    return graph.op("Add", graph.op("MatMul", x, turned), bias);
  }

  @Override
  String layerNorm(String module, String x, float epsilon) {
    String weight = graph.initializer(module + ".weight", nearOne(HIDDEN));
    String bias = graph.initializer(module + ".bias", gaussian(0.02, HIDDEN));
    return graph.op(
        "LayerNormalization",
        Map.of("axis", Attribute.of(-1), "epsilon", Attribute.of((double) epsilon)),
        x,
        weight,
        bias);
  }

  @Override
  String gelu(String x) {
    String erf = graph.op("Erf", graph.op("Mul", x, graph.scalar(Math.sqrt(0.5))));
    String gate = graph.op("Mul", graph.op("Add", erf, graph.scalar(1)), graph.scalar(0.5));
    return graph.op("Mul", x, gate);
  }

  @Override
  String maskBias(String attentionMask) {
    String kept = graph.op("Cast", Map.of("to", Attribute.of(9)), unsqueeze(attentionMask, 1, 2));
    String zero = graph.scalar(0);
    String lowest = graph.constant("lowest", Tensor.floats(List.of(), -Float.MAX_VALUE));
    return graph.op("Where", kept, zero, lowest);
  }

  @Override
  String unsqueeze(String x, long... axes) {
    return graph.op("Unsqueeze", x, graph.longs(axes));
  }
}
