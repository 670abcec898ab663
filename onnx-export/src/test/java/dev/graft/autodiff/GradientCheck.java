package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * Compares gradients with central differences in random directions.
 *
 * <p>The loss is a random weighting {@code v} of a graph's outputs, so that its derivative along a
 * direction {@code u} of an input is {@code <v, J u>}; the gradient graph gives {@code <J^T v, u>}.
 */
final class GradientCheck {
  private final GradientRules rules;
  private final long seed;

  GradientCheck(GradientRules rules, long seed) {
    this.rules = rules;
    this.seed = seed;
  }

  /** How much is known about shapes when the gradient is built. */
  enum Knowledge {
    SIZES,
    RANKS
  }

  static Tensor tensor(ElementType type, List<Long> dims, double[] values) {
    if (type == ElementType.DOUBLE) {
      return Tensor.doubles(dims, values);
    }
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return Tensor.floats(dims, narrow);
  }

  private static <K, V> V get(Map<K, V> map, K key) {
    return Objects.requireNonNull(map.get(key), () -> "no " + key);
  }

  /** Checks a case in every type and at every level of knowledge that it allows. */
  void check(GradientCase c) {
    List<Integer> wanted = new ArrayList<>();
    for (int i = 0; i < c.operands.size(); i++) {
      if (c.trainable.get(i)) {
        wanted.add(i);
      }
    }
    ElementType reference = c.doubles ? ElementType.DOUBLE : ElementType.FLOAT;
    Map<Integer, Double> expected = new LinkedHashMap<>();
    try (StockOrt forward = new StockOrt(build(c, reference, wanted).graph())) {
      for (int i : wanted) {
        expected.put(i, difference(c, forward, reference, i));
      }
    }
    for (ElementType type :
        c.doubles && c.doubleGradients
            ? List.of(reference, ElementType.FLOAT)
            : List.of(ElementType.FLOAT)) {
      compare(c, type, wanted, Knowledge.SIZES, expected);
      if (!c.fixedShapes) {
        compare(c, type, wanted, Knowledge.RANKS, expected);
      }
      for (int alone : wanted) {
        compare(c, type, List.of(alone), Knowledge.SIZES, expected);
      }
    }
  }

  private record Built(Graph graph, List<String> trainable) {}

  /** The case as a graph with a loss; operands that are not trained are initializers. */
  private Built build(GradientCase c, ElementType type, List<Integer> trained) {
    Map<String, Tensor> feeds = feeds(c, type);
    GraphBuilder b = new GraphBuilder(c.toString());
    List<String> inputs = new ArrayList<>();
    List<String> trainable = new ArrayList<>();
    for (int i = 0; i < c.operands.size(); i++) {
      if (c.operands.get(i).isAbsent()) {
        inputs.add("");
        continue;
      }
      String name = "x" + i;
      Tensor tensor = get(feeds, name);
      inputs.add(name);
      if (trained.contains(i)) {
        trainable.add(name);
      }
      boolean fed =
          trained.contains(i) || (trained.size() > 1 && !c.constants && !c.trainable.get(i));
      if (fed) {
        b.input(new Value(name, tensor.type()));
      } else {
        b.initializer(name, tensor);
      }
    }
    List<String> outputs = b.op(c.op, c.attributes, inputs, c.outputs);
    Graph bare = withOutputs(b, outputs, c, type);
    Map<String, Tensor> results;
    try (StockOrt ort = new StockOrt(bare)) {
      results = ort.run(feeds);
    }
    Random random = new Random(seed + 1);
    String loss = "";
    for (int k : c.used) {
      Tensor y = get(results, outputs.get(k));
      double[] weights = random.doubles(y.elementCount(), -1, 1).map(w -> (float) w).toArray();
      String weight = b.initializer("weight" + k, tensor(y.elementType(), y.dims(), weights));
      String weighted = b.op("Mul", outputs.get(k), weight);
      b.type(weighted, y.type());
      String sum = b.op("ReduceSum", Map.of("keepdims", Attribute.of(0)), weighted);
      b.type(sum, TensorType.of(y.elementType()));
      loss = loss.isEmpty() ? sum : b.op("Add", loss, sum);
      ElementType lossType = y.elementType();
      b.type(loss, TensorType.of(lossType));
    }
    results.forEach((name, tensor) -> b.type(name, tensor.type()));
    b.clearOutputs()
        .output(
            loss, TensorType.ofUnknownRank(get(results, outputs.get(c.used.get(0))).elementType()));
    return new Built(b.build(), trainable);
  }

  private static Graph withOutputs(
      GraphBuilder b, List<String> outputs, GradientCase c, ElementType type) {
    ElementType result =
        c.attributes.get("to") instanceof Attribute.IntValue to
            ? ElementType.ofNumber((int) to.value())
            : type;
    for (int k : c.used) {
      b.output(outputs.get(k), TensorType.ofUnknownRank(result));
    }
    return b.build();
  }

  private Map<String, Tensor> feeds(GradientCase c, ElementType type) {
    Random random = new Random(seed);
    Map<String, Tensor> feeds = new LinkedHashMap<>();
    for (int i = 0; i < c.operands.size(); i++) {
      if (!c.operands.get(i).isAbsent()) {
        feeds.put("x" + i, c.operands.get(i).make(random, type));
      }
    }
    return feeds;
  }

  private double[] direction(int i, long count) {
    return new Random(seed + 100 + i).doubles(count, -1, 1).toArray();
  }

  /** The derivative of the loss along the direction of input {@code i}. */
  private double difference(GradientCase c, StockOrt forward, ElementType type, int i) {
    double h = type == ElementType.DOUBLE ? 1e-5 : 4e-3;
    double upper = moved(c, forward, type, i, h);
    double lower = moved(c, forward, type, i, -h);
    return (upper - lower) / (2 * h);
  }

  private double moved(GradientCase c, StockOrt forward, ElementType type, int i, double h) {
    Map<String, Tensor> feeds = feeds(c, type);
    Tensor x = get(feeds, "x" + i);
    double[] values = x.toDoubles();
    double[] direction = direction(i, values.length);
    for (int k = 0; k < values.length; k++) {
      values[k] += h * direction[k];
    }
    feeds.put("x" + i, tensor(type, x.dims(), values));
    return forward.run(feeds).values().iterator().next().toDoubles()[0];
  }

  private void compare(
      GradientCase c,
      ElementType type,
      List<Integer> trained,
      Knowledge knowledge,
      Map<Integer, Double> expected) {
    Built built = build(c, type, trained);
    Graph graph = knowledge == Knowledge.SIZES ? built.graph() : forgetSizes(built.graph());
    String loss = graph.outputs().get(0).name();
    Gradient gradient = Autodiff.differentiate(graph, loss, built.trainable(), rules);
    GraphBuilder b = GraphBuilder.from(gradient.graph()).clearOutputs();
    int number = 0;
    Map<String, String> outputOf = new LinkedHashMap<>();
    for (String name : built.trainable()) {
      outputOf.put(name, "gradient" + number++);
      b.output(
          get(gradient.gradientOf(), name), get(outputOf, name), TensorType.ofUnknownRank(type));
    }
    Map<String, Tensor> feeds = feeds(c, type);
    Map<String, Tensor> results;
    try (StockOrt ort = new StockOrt(b.build())) {
      results = ort.run(feeds);
    } catch (IllegalStateException e) {
      throw new AssertionError(
          "%s\n%s".formatted(e.getCause(), describe(c, type, trained, knowledge, "")), e);
    }
    for (int i : trained) {
      Tensor dx = get(results, get(outputOf, "x" + i));
      if (!dx.dims().equals(get(feeds, "x" + i).dims())) {
        throw new AssertionError(
            "gradient of shape %s\n%s"
                .formatted(dx.dims(), describe(c, type, trained, knowledge, "x" + i)));
      }
      double[] values = dx.toDoubles();
      double[] direction = direction(i, values.length);
      double product = 0;
      double size = 1;
      for (int k = 0; k < values.length; k++) {
        product += values[k] * direction[k];
        size += Math.abs(values[k] * direction[k]);
      }
      double tolerance = (!c.doubles ? 1e-2 : type == ElementType.DOUBLE ? 1e-6 : 2e-4) * size;
      if (!(Math.abs(product - get(expected, i)) <= tolerance)) {
        throw new AssertionError(
            "gradient gives %.9g, finite difference %.9g, tolerance %.2g\n%s"
                .formatted(
                    product,
                    get(expected, i),
                    tolerance,
                    describe(c, type, trained, knowledge, "x" + i)));
      }
    }
  }

  private String describe(
      GradientCase c, ElementType type, List<Integer> trained, Knowledge known, String input) {
    return "case %s, input %s, type %s, trained inputs %s, known %s, seed %d"
        .formatted(c, input, type, trained, known, seed);
  }

  /** The same graph with every size of inputs and results unknown. */
  private static Graph forgetSizes(Graph graph) {
    Map<String, TensorType> types = new LinkedHashMap<>();
    graph.valueTypes().forEach((name, type) -> types.put(name, forget(type)));
    List<Value> inputs =
        graph.inputs().stream().map(v -> new Value(v.name(), forget(v.type()))).toList();
    return graph.withValueTypes(types).withInputs(inputs);
  }

  private static TensorType forget(TensorType type) {
    boolean floats = type.elementType().isFloatingPoint();
    return floats
        ? TensorType.of(
            type.elementType(),
            new Shape(Collections.nCopies(type.shape().orElseThrow().rank(), Dim.unknown())))
        : type;
  }
}
