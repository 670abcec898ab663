package dev.graft.onnx.rewrite;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Builds the graphs of the tests in the manner of an exporter; x is {@code [batch, tokens, 8]}. */
final class Form {
  /** How an exporter writes small constants. */
  enum Style {
    TORCHSCRIPT,
    DYNAMO
  }

  final GraphBuilder b = new GraphBuilder("form");
  final String x = b.input("x", ElementType.FLOAT, "batch", "tokens", 8);
  private final Style style;
  private final Random random = new Random(11);
  private final Map<String, Tensor> feeds = new LinkedHashMap<>();

  Form(Style style) {
    this.style = style;
    feeds.put("x", random(2, 3, 8));
  }

  Tensor random(long... dims) {
    int count = 1;
    List<Long> list = new java.util.ArrayList<>();
    for (long dim : dims) {
      count *= (int) dim;
      list.add(dim);
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.floats(list, values);
  }

  /** Another input; {@code sizes} are those of the run. */
  String input(String name, List<Object> dims, long... sizes) {
    feeds.put(name, random(sizes));
    return b.input(name, ElementType.FLOAT, dims.toArray());
  }

  String tensor(Tensor tensor) {
    if (style == Style.DYNAMO) {
      return b.initializer(b.fresh("val"), tensor);
    }
    String name = b.fresh("Constant");
    b.addNode(
        new Node(
            name,
            OpId.onnx("Constant"),
            List.of(),
            List.of(name),
            Map.of("value", Attribute.of(tensor))));
    return name;
  }

  String n(double value) {
    return tensor(Tensor.scalar(ElementType.FLOAT, value));
  }

  String longs(long... values) {
    return tensor(Tensor.longVector(values));
  }

  String weight(String name, long... dims) {
    return b.initializer(name, random(dims));
  }

  String op(String type, String... inputs) {
    return b.op(type, inputs);
  }

  String op(String type, Map<String, Attribute> attributes, String... inputs) {
    return b.op(type, attributes, inputs);
  }

  String mean(String value) {
    return op("ReduceMean", value, longs(style == Style.DYNAMO ? 2 : -1));
  }

  /** The size of an axis as a vector of one number. */
  String size(String value, long axis) {
    String index = tensor(Tensor.longs(List.of(), axis));
    return op("Unsqueeze", op("Gather", op("Shape", value), index), longs(0));
  }

  String concat(String... parts) {
    return op("Concat", Map.of("axis", Attribute.of(0)), parts);
  }

  Graph graph(String result) {
    b.output(result, "y", TensorType.ofUnknownRank(ElementType.FLOAT));
    return b.build();
  }

  Map<String, Tensor> feeds() {
    return feeds;
  }
}
