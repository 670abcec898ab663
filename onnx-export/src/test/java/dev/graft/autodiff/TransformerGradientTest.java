package dev.graft.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Node;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.check.GraphChecker;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TransformerGradientTest {
  private static final long SEED = 99;

  @Test
  void agreesWithFiniteDifferences() {
    TinyTransformer.Built exact = TinyTransformer.build(ElementType.DOUBLE);
    TinyTransformer.Built built = TinyTransformer.build(ElementType.FLOAT);
    Gradient gradient = Autodiff.differentiate(built.graph(), built.loss(), built.trainable());
    Map<String, Tensor> gradients;
    try (StockOrt ort = new StockOrt(withGradients(gradient, built))) {
      gradients = ort.run(built.feeds());
    }

    try (StockOrt ort = new StockOrt(exact.graph())) {
      Random random = new Random(SEED);
      for (String name : built.trainable()) {
        Tensor dx = Objects.requireNonNull(gradients.get("d." + name));
        double[] direction = random.doubles(dx.elementCount(), -1, 1).toArray();
        double expected = difference(ort, exact, name, direction);
        double found = 0;
        double size = 1e-3;
        double[] values = dx.toDoubles();
        for (int i = 0; i < values.length; i++) {
          found += values[i] * direction[i];
          size += Math.abs(values[i] * direction[i]);
        }
        assertEquals(expected, found, 1e-4 * size, "%s, seed %d".formatted(name, SEED));
        assertTrue(size > 2e-3, name + " has a gradient of zero");
      }
    }
  }

  private static double difference(
      StockOrt ort, TinyTransformer.Built exact, String name, double[] direction) {
    double h = 1e-5;
    double[] losses = new double[2];
    for (int side = 0; side < 2; side++) {
      Map<String, Tensor> feeds = new HashMap<>(exact.feeds());
      Tensor x = Objects.requireNonNull(feeds.get(name));
      double[] moved = x.toDoubles();
      for (int i = 0; i < moved.length; i++) {
        moved[i] += (side == 0 ? h : -h) * direction[i];
      }
      feeds.put(name, Tensor.doubles(x.dims(), moved));
      losses[side] = ort.run(feeds).values().iterator().next().toDoubles()[0];
    }
    return (losses[0] - losses[1]) / (2 * h);
  }

  @Test
  void needsNoShapesAtRunTimeInTheLayers() {
    TinyTransformer.Built built = TinyTransformer.build(ElementType.FLOAT);

    List<Node> backward = backward(built);

    Set<String> types = backward.stream().map(n -> n.op().type()).collect(Collectors.toSet());
    assertFalse(types.contains("NonZero"), types.toString());
    assertFalse(types.contains("Where"), types.toString());
    long shapes = backward.stream().filter(n -> n.is("Shape")).count();
    assertTrue(shapes <= 3, "Shape nodes: " + shapes);
  }

  @Test
  void transposesNoInitializer() {
    TinyTransformer.Built built = TinyTransformer.build(ElementType.FLOAT);

    List<Node> backward = backward(built);

    Set<String> weights = built.graph().initializers().keySet();
    for (Node node : backward) {
      if (node.is("Transpose")) {
        assertFalse(weights.contains(node.input(0)), node.describe());
      }
    }
  }

  @Test
  void stopsAtTheLowestAdapter() {
    TinyTransformer.Built built = TinyTransformer.build(ElementType.FLOAT);

    List<Node> backward = backward(built);

    for (Node node : backward) {
      assertFalse(node.inputs().contains("layer0.q.weight"), node.describe());
      assertFalse(node.inputs().contains("layer0.k.weight"), node.describe());
    }
  }

  @Test
  void isAValidGraph() {
    TinyTransformer.Built built = TinyTransformer.build(ElementType.FLOAT);
    Gradient gradient = Autodiff.differentiate(built.graph(), built.loss(), built.trainable());

    GraphChecker.check(withGradients(gradient, built));
  }

  private static List<Node> backward(TinyTransformer.Built built) {
    Gradient gradient = Autodiff.differentiate(built.graph(), built.loss(), built.trainable());
    return gradient.graph().nodes().stream().filter(n -> n.name().startsWith("grad/")).toList();
  }

  private static Graph withGradients(Gradient gradient, TinyTransformer.Built built) {
    GraphBuilder b = GraphBuilder.from(gradient.graph());
    for (String name : built.trainable()) {
      TensorType type = built.graph().typeOf(name).orElseThrow();
      String value = Objects.requireNonNull(gradient.gradientOf().get(name));
      b.output(value, "d." + name, type);
    }
    return b.build();
  }
}
