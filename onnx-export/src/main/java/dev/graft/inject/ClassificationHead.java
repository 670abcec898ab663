package dev.graft.inject;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.GraphBuilder;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The head of a classifier: linear layers on the pooled hidden state, the last of which gives the
 * logits. Their weights are graph inputs, so they and the number of labels belong to the adapter.
 *
 * @param encoder the path of the encoder inside a model that has this head, such as {@code bert};
 *     empty for Graft's own head, which no model of Transformers has
 * @param layers in order; all but the last keep the number of features
 * @param initializerRange the standard deviation of new weights; those of PyTorch's {@code
 *     nn.Linear} where absent
 */
public record ClassificationHead(
    String encoder, List<HeadLayer> layers, OptionalDouble initializerRange) {

  /** Float {@code [B, L]}. */
  public static final String LOGITS = "logits";

  /** More than any known head has; the layers of a file are checked against it. */
  private static final int MOST_LAYERS = 8;

  /**
   * Checks what a file may say.
   *
   * @throws IllegalArgumentException without layers, with a name twice, or if the logits would go
   *     through an activation
   */
  public ClassificationHead {
    layers = List.copyOf(layers);
    if (layers.isEmpty() || layers.size() > MOST_LAYERS) {
      throw new IllegalArgumentException(
          "a head has from 1 to %d layers, found %d".formatted(MOST_LAYERS, layers.size()));
    }
    double range = initializerRange.orElse(1);
    if (!(range > 0) || Double.isInfinite(range)) {
      throw new IllegalArgumentException(
          "the range of new weights must be above 0, found %s".formatted(range));
    }
    if (layers.stream().map(HeadLayer::module).distinct().count() != layers.size()) {
      throw new IllegalArgumentException("a layer is named twice in %s".formatted(layers));
    }
    if (layers.get(layers.size() - 1).activation() != HeadActivation.NONE) {
      throw new IllegalArgumentException(
          "the last layer gives the logits and has no activation, found %s".formatted(layers));
    }
  }

  /** Graft's own head: one linear layer, initialised as PyTorch's {@code nn.Linear}. */
  public static ClassificationHead linear() {
    return new ClassificationHead(
        "", List.of(HeadLayer.linear("classifier")), OptionalDouble.empty());
  }

  /** The layer that gives the logits. */
  public HeadLayer last() {
    return layers.get(layers.size() - 1);
  }

  /** The graph inputs, layer by layer, which are also PEFT's names of the tensors. */
  public List<String> tensors() {
    return layers.stream()
        .flatMap(layer -> List.of(layer.weight(), layer.bias()).stream())
        .toList();
  }

  /** The path that a module of the encoder has in a model with this head. */
  public String modulePath(String module) {
    return encoder.isEmpty() ? module : encoder + "." + module;
  }

  /**
   * The shape of a layer's weight as PEFT stores it, {@code [out, in]}.
   *
   * @param hidden features of a hidden state
   * @param labels outputs of the last layer
   */
  public List<Long> weightShape(HeadLayer layer, long hidden, long labels) {
    return List.of(layer.equals(last()) ? labels : hidden, hidden);
  }

  /** Adds one head for all rows and returns the value that holds the logits. */
  String single(GraphBuilder b, String pooled, long hidden) {
    String x = pooled;
    for (HeadLayer layer : layers) {
      Object out = width(layer, hidden);
      String weight = b.input(layer.weight(), ElementType.FLOAT, hidden, out);
      String bias = b.input(layer.bias(), ElementType.FLOAT, out);
      x = layer.activation().apply(b, b.op("Add", b.op("MatMul", x, weight), bias));
    }
    return x;
  }

  /** Adds stacked heads of which each row uses one and returns the value that holds the logits. */
  String stacked(GraphBuilder b, String pooled, long hidden) {
    String axis = b.longs(1);
    String x = pooled;
    for (HeadLayer layer : layers) {
      Object out = width(layer, hidden);
      String weights = b.input(layer.weight(), ElementType.FLOAT, "adapters", hidden, out);
      String biases = b.input(layer.bias(), ElementType.FLOAT, "adapters", out);
      String weight = LoraInjection.gatherRows(b, weights, LoraInjection.ADAPTER_INDEX);
      String bias = LoraInjection.gatherRows(b, biases, LoraInjection.ADAPTER_INDEX);
      String product = b.op("Squeeze", b.op("MatMul", b.op("Unsqueeze", x, axis), weight), axis);
      x = layer.activation().apply(b, b.op("Add", product, bias));
    }
    return x;
  }

  private Object width(HeadLayer layer, long hidden) {
    if (layer.equals(last())) {
      return "labels";
    }
    return hidden;
  }
}
