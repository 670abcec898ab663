package dev.graft.testmodels;

import dev.graft.onnx.Attribute;
import java.util.Map;

/**
 * Spells the encoder like PyTorch's TorchScript exporter did for opset 11: everything decomposed,
 * weights transposed and nameless, biases named.
 */
final class TorchScriptWriter extends EncoderWriter {
  private int nextWeight = 200;

  TorchScriptWriter(long seed, int vocabularySize) {
    super(seed, vocabularySize);
  }

  @Override
  long opset() {
    return 11;
  }

  @Override
  String producer() {
    return "pytorch";
  }

  @Override
  String linear(String module, String x, int in, int out) {
    String weight =
        graph.initializer("onnx::MatMul_" + nextWeight++, gaussian(1 / Math.sqrt(in), in, out));
    String bias = graph.initializer(module + ".bias", gaussian(0.02, out));
    return graph.op("Add", graph.op("MatMul", x, weight), bias);
  }

  @Override
  String layerNorm(String module, String x, float epsilon) {
    String weight = graph.initializer(module + ".weight", nearOne(HIDDEN));
    String bias = graph.initializer(module + ".bias", gaussian(0.02, HIDDEN));
    String centred = graph.op("Sub", x, mean(x));
    String variance = mean(graph.op("Pow", centred, graph.scalar(2)));
    String deviation = graph.op("Sqrt", graph.op("Add", variance, graph.scalar(epsilon)));
    String normal = graph.op("Div", centred, deviation);
    return graph.op("Add", graph.op("Mul", normal, weight), bias);
  }

  private String mean(String x) {
    return graph.op(
        "ReduceMean", Map.of("axes", Attribute.ints(-1), "keepdims", Attribute.of(1)), x);
  }

  @Override
  String gelu(String x) {
    String erf = graph.op("Erf", graph.op("Div", x, graph.scalar(Math.sqrt(2))));
    String gate = graph.op("Add", erf, graph.scalar(1));
    return graph.op("Mul", graph.op("Mul", x, gate), graph.scalar(0.5));
  }

  @Override
  String maskBias(String attentionMask) {
    String wide = unsqueeze(unsqueeze(attentionMask, 1), 2);
    String kept = graph.op("Cast", Map.of("to", Attribute.of(1)), wide);
    String dropped = graph.op("Sub", graph.scalar(1), kept);
    return graph.op("Mul", dropped, graph.scalar(-10000));
  }

  @Override
  String unsqueeze(String x, long... axes) {
    return graph.op("Unsqueeze", Map.of("axes", Attribute.ints(axes)), x);
  }
}
