package dev.graft.inject;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.autodiff.Autodiff;
import dev.graft.autodiff.Gradient;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.check.GraphChecker;
import dev.graft.onnx.shape.ShapeInference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoraDropoutTest {
  private static final List<String> MODULES = List.of("query", "value", "top");
  private static final int FEATURES = 6;
  private static final Map<String, Attribute> TO_FLOAT =
      Map.of("to", Attribute.of(ElementType.FLOAT.number()));

  /** Three modules, two of which read the same x, and gradients of their factors. */
  private static final class Network {
    private final GraphBuilder b = new GraphBuilder("training");
    private final int rank;
    private final double factor;

    /** {@code factor} is 1 / (1 - p) of dropout written out before differentiation; 0 without. */
    Network(int rank, double factor) {
      this.rank = rank;
      this.factor = factor;
    }

    Graph training() {
      String x = b.input("x", ElementType.FLOAT, dims());
      String sum = b.op("Mul", module("query", x), module("value", x));
      String y = module("top", b.op("Tanh", sum));
      Map<String, Attribute> drop = Map.of("keepdims", Attribute.of(0));
      String loss = b.op("ReduceSum", drop, b.op("Mul", y, b.op("Tanh", y)));
      b.output(loss, "loss", TensorType.of(ElementType.FLOAT));
      Graph forward = ShapeInference.infer(b.build());
      List<String> trainable =
          forward.inputNames().stream().filter(n -> n.matches(".*lora_[AB]")).toList();
      Gradient gradient = Autodiff.differentiate(forward, "loss", trainable);
      GraphBuilder out = GraphBuilder.from(gradient.graph());
      for (String input : trainable) {
        out.output(
            Objects.requireNonNull(gradient.gradientOf().get(input)),
            SlotSpecialization.gradientOf(input),
            forward.typeOf(input).orElseThrow());
      }
      return out.build();
    }

    private Object[] dims() {
      return rank == 3 ? new Object[] {"B", "T", FEATURES} : new Object[] {"N", FEATURES};
    }

    private String module(String name, String x) {
      b.initializer(name + ".weight", Runs.random(name.hashCode(), 0.5, FEATURES, FEATURES));
      String a = b.input(LoraInjection.inputA(name), ElementType.FLOAT, FEATURES, "r");
      String up = b.input(LoraInjection.inputB(name), ElementType.FLOAT, "r", FEATURES);
      String low = b.op("MatMul", dropped(name, x), a);
      return b.op("Add", b.op("MatMul", x, name + ".weight"), b.op("MatMul", low, up));
    }

    private String dropped(String name, String x) {
      if (factor == 0) {
        return x;
      }
      String keep = b.input(LoraDropout.keepInput(name), ElementType.BOOL, dims());
      String floats = b.op("Cast", TO_FLOAT, keep);
      return b.op("Mul", x, b.op("Mul", floats, b.scalar(factor)));
    }
  }

  private static Map<String, Tensor> feeds(int rank) {
    long[] dims = rank == 3 ? new long[] {2, 4, FEATURES} : new long[] {8, FEATURES};
    Map<String, Tensor> feeds = new HashMap<>();
    feeds.put("x", Runs.random(1, 1, dims));
    Random random = new Random(5);
    for (String module : MODULES) {
      feeds.put(LoraInjection.inputA(module), Runs.random(module.length(), 0.5, FEATURES, 2));
      feeds.put(LoraInjection.inputB(module), Runs.random(module.length() + 9, 0.5, 2, FEATURES));
      ByteBuffer keep = ByteBuffer.allocate(8 * FEATURES);
      while (keep.hasRemaining()) {
        keep.put((byte) random.nextInt(2));
      }
      feeds.put(
          LoraDropout.keepInput(module),
          new Tensor(ElementType.BOOL, Runs.list(dims), new TensorData.Inline(keep.flip())));
    }
    return feeds;
  }

  @ParameterizedTest
  @CsvSource({"3, 0.5", "3, 0.1", "2, 0.5"})
  void computesWhatDropoutThatWasDifferentiatedDoes(int rank, double probability) throws Exception {
    Graph expected = new Network(rank, 1 / (1 - probability)).training();
    Graph rewritten = LoraDropout.apply(new Network(rank, 0).training(), probability);
    GraphChecker.check(rewritten);
    Map<String, Tensor> outputs = Runs.run(expected, feeds(rank));
    Map<String, Tensor> found = Runs.run(rewritten, feeds(rank));
    assertEquals(7, outputs.size());
    outputs.forEach(
        (name, tensor) -> {
          float[] values = tensor.toFloats();
          double size = Runs.largestDifference(values, new float[values.length]);
          double difference =
              Runs.largestDifference(
                  values, Objects.requireNonNull(found.get(name), name).toFloats());
          assertTrue(size > 0.1, name + " is zero");
          assertEquals(0, difference, 1e-5 * size, name);
        });
  }

  @Test
  void givesEveryModuleAMaskInTheShapeOfItsInput() {
    Graph rewritten = LoraDropout.apply(new Network(3, 0).training(), 0.1);
    for (String module : MODULES) {
      assertEquals(
          "bool[B,T,6]", rewritten.typeOf(LoraDropout.keepInput(module)).orElseThrow().toString());
    }
    assertEquals(List.of("query"), LoraDropout.moduleOf("query.lora_keep").stream().toList());
    assertTrue(LoraDropout.moduleOf("query.lora_A").isEmpty());
  }

  @Test
  void aProbabilityOfZeroLeavesTheGraph() {
    Graph training = new Network(3, 0).training();
    assertSame(training, LoraDropout.apply(training, 0));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, Double.NaN})
  void refusesProbabilitiesOutOfRange(double probability) {
    Graph training = new Network(3, 0).training();
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> LoraDropout.apply(training, probability));
    assertTrue(refusal.toString().contains("[0, 1)"), refusal::toString);
  }

  @Test
  void refusesAGraphThatUsesAnAInAnotherWay() {
    GraphBuilder b = GraphBuilder.from(new Network(3, 0).training());
    String square = b.op("Mul", "top.lora_A", "top.lora_A");
    b.output(square, "decay", TensorType.of(ElementType.FLOAT, FEATURES, "r"));
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> LoraDropout.apply(b.build(), 0.1));
    assertTrue(refusal.toString().contains("module 'top'"), refusal::toString);
  }

  @Test
  void refusesAGraphWithoutGradients() {
    Graph training = new Network(3, 0).training();
    Graph eval =
        training.withOutputs(new ArrayList<>(List.of(training.output("loss").orElseThrow())));
    Graph bare = GraphOrder.removeDeadCode(eval);
    assertThrows(IllegalArgumentException.class, () -> LoraDropout.apply(bare, 0.1));
  }
}
