package dev.graft.onnx.opset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Extras;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Model;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.UnsupportedModelException;
import dev.graft.onnx.check.GraphChecker;
import dev.graft.onnx.io.MiniLm;
import dev.graft.onnx.io.OnnxReader;
import dev.graft.onnx.io.OnnxWriter;
import dev.graft.onnx.io.Ort;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OpsetConversionTest {
  /** Operators that are refused whatever they are given. */
  private static final Set<String> REFUSED = Set.of("Upsample", "Scatter");

  @TempDir Path folder;

  /** A model of one operator over an input "x" of a given shape. */
  private record Case(
      String op,
      long opset,
      List<Long> shape,
      Map<String, Attribute> attributes,
      List<Tensor> constants,
      int outputs) {
    Model model() {
      GraphBuilder b = new GraphBuilder("case");
      b.input("x", ElementType.FLOAT, shape.toArray());
      List<String> inputs = new ArrayList<>(List.of("x"));
      constants.forEach(c -> inputs.add(b.constant("c", c)));
      List<String> results = b.op(OpId.onnx(op), attributes, inputs, outputs);
      results.forEach(r -> b.output(r, r + "_out", TensorType.ofUnknownRank(ElementType.FLOAT)));
      return new Model(7, Map.of("", opset), "test", "", b.build(), Map.of(), Extras.NONE);
    }

    @Override
    public String toString() {
      return "%s-%d %s".formatted(op, opset, attributes);
    }
  }

  private static Case one(
      String op, long opset, Map<String, Attribute> attributes, Tensor... constants) {
    return new Case(op, opset, List.of(2L, 3L, 4L), attributes, List.of(constants), 1);
  }

  private static Case image(
      String op, long opset, Map<String, Attribute> attributes, Tensor... constants) {
    return new Case(op, opset, List.of(1L, 4L, 3L, 3L), attributes, List.of(constants), 1);
  }

  private static Tensor floats(float... values) {
    return Tensor.floats(List.of((long) values.length), values);
  }

  static Stream<Case> cases() {
    Stream.Builder<Case> cases = Stream.builder();
    Map<String, Attribute> axes = Map.of("axes", Attribute.ints(1, -1));
    for (String reduce :
        List.of(
            "L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare")) {
      cases.add(one("Reduce" + reduce, 11, axes));
      cases.add(one("Reduce" + reduce, 11, Map.of("keepdims", Attribute.of(0))));
    }
    for (String softmax : List.of("Softmax", "LogSoftmax", "Hardmax")) {
      cases.add(one(softmax, 11, Map.of()));
      cases.add(one(softmax, 11, Map.of("axis", Attribute.of(0))));
      cases.add(one(softmax, 12, Map.of("axis", Attribute.of(2))));
      cases.add(one(softmax, 12, Map.of("axis", Attribute.of(-2))));
      cases.add(one(softmax, 13, Map.of("axis", Attribute.of(1))));
    }
    cases.add(one("Dropout", 11, Map.of("ratio", Attribute.of(0.25))));
    cases.add(one("Unsqueeze", 11, Map.of("axes", Attribute.ints(0, 3))));
    cases.add(new Case("Squeeze", 11, List.of(1L, 3L, 1L), axes0And2(), List.of(), 1));
    cases.add(new Case("Squeeze", 12, List.of(1L, 3L, 1L), Map.of(), List.of(), 1));
    cases.add(
        new Case(
            "Split",
            11,
            List.of(2L, 6L),
            Map.of("axis", Attribute.of(1), "split", Attribute.ints(4, 2)),
            List.of(),
            2));
    for (long opset : List.of(11L, 13L, 17L)) {
      cases.add(
          new Case("Split", opset, List.of(2L, 6L), Map.of("axis", Attribute.of(1)), List.of(), 3));
    }
    cases.add(
        new Case(
            "DFT", 17, List.of(2L, 4L, 4L, 1L), Map.of("axis", Attribute.of(2)), List.of(), 1));
    cases.add(new Case("DFT", 18, List.of(2L, 4L, 4L, 1L), Map.of(), List.of(), 1));
    Tensor four = floats(1, 2, 3, 4);
    cases.add(image("BatchNormalization", 11, Map.of(), four, four, four, four));
    Tensor none = Tensor.floats(List.of(0L));
    Tensor sizes = Tensor.longVector(1, 4, 5, 7);
    cases.add(image("Resize", 11, Map.of("mode", Attribute.of("linear")), none, none, sizes));
    cases.add(
        image("Resize", 11, Map.of("mode", Attribute.of("nearest")), none, floats(1, 1, 2, 2)));
    Tensor rois = Tensor.floats(List.of(1L, 4L), 0, 0, 2, 2);
    cases.add(image("RoiAlign", 11, Map.of(), rois, Tensor.longVector(0)));
    Tensor grid = Tensor.floats(List.of(1L, 1L, 2L, 2L), -0.5f, 0.25f, 0.75f, 0.1f);
    cases.add(image("GridSample", 16, Map.of("mode", Attribute.of("bicubic")), grid));
    cases.add(image("GridSample", 17, Map.of(), grid));
    cases.add(
        image(
            "GroupNormalization",
            18,
            Map.of("num_groups", Attribute.of(2)),
            floats(1, 2),
            floats(3, 4)));
    return cases.build();
  }

  private static Map<String, Attribute> axes0And2() {
    return Map.of("axes", Attribute.ints(0, 2));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void givesTheSameResultsInTheTargetOpset(Case test) throws Exception {
    Model old = test.model();
    Map<String, Tensor> input = Map.of("x", random(test.shape()));

    Model converted = OpsetConversion.toTarget(old);

    assertEquals(Model.OPSET, converted.opset());
    GraphChecker.check(converted);
    assertSameResults(run(old, "old", input), run(converted, "new", input), 1e-6f);
  }

  @Test
  void hasACaseForEveryLift() {
    Set<String> covered = new HashSet<>(REFUSED);
    cases().forEach(c -> covered.add(c.op()));

    assertEquals(OpsetLifts.operators(), covered);
  }

  @Test
  void liftsTheRealModelAndLeavesItsSoftmaxBare() throws Exception {
    Model model = OnnxReader.read(MiniLm.extract(folder));
    Map<String, Tensor> text =
        Map.of(
            "input_ids", Tensor.longs(List.of(1L, 5L), 101, 7592, 2088, 999, 102),
            "attention_mask", Tensor.longs(List.of(1L, 5L), 1, 1, 1, 1, 1),
            "token_type_ids", Tensor.longs(List.of(1L, 5L), 0, 0, 0, 0, 0));

    Model converted = OpsetConversion.toTarget(model);

    assertEquals(21, converted.opset());
    assertFalse(converted.graph().nodes().stream().anyMatch(n -> n.is("Flatten")));
    assertSameResults(run(model, "old", text), run(converted, "new", text), 1e-6f);
  }

  @Test
  void liftsNodesOfSubgraphs() throws Exception {
    Graph branch =
        new Graph(
            "branch",
            List.of(),
            List.of(new dev.graft.onnx.Value("r", TensorType.ofUnknownRank(ElementType.FLOAT))),
            List.of(
                new Node(
                    "sum",
                    OpId.onnx("ReduceSum"),
                    List.of("x"),
                    List.of("r"),
                    Map.of("axes", Attribute.ints(0)))),
            Map.of());
    GraphBuilder b = new GraphBuilder("outer");
    b.input("x", ElementType.FLOAT, 2, 3);
    String yes = b.constant("yes", Tensor.bools(List.of(), true));
    Map<String, Attribute> branches =
        Map.of(
            "then_branch", new Attribute.GraphValue(branch),
            "else_branch", new Attribute.GraphValue(branch));
    String result = b.op("If", branches, yes);
    b.output(result, "y", TensorType.ofUnknownRank(ElementType.FLOAT));
    Model old = new Model(7, Map.of("", 11L), "test", "", b.build(), Map.of(), Extras.NONE);
    Map<String, Tensor> input = Map.of("x", random(List.of(2L, 3L)));

    Model converted = OpsetConversion.toTarget(old);

    assertSameResults(run(old, "old", input), run(converted, "new", input), 0);
  }

  @Test
  void returnsAModelOfTheTargetOpsetAsItIs() {
    Model model = Model.of(new GraphBuilder("empty").build());

    assertSame(model, OpsetConversion.toTarget(model));
  }

  @Test
  void refusesOpsetsOutsideOfItsRange() {
    for (long opset : List.of(0L, 10L, 22L)) {
      Model model = one("Dropout", opset, Map.of()).model();

      var e = assertThrows(UnsupportedModelException.class, () -> OpsetConversion.toTarget(model));

      assertEquals(
          "model 'case' uses opset %d; expected 11 to 21; export it again with one of these, 17 is widely available"
              .formatted(opset),
          e.getMessage());
    }
  }

  @Test
  void refusesWhatLaterOpsetsCannotExpress() {
    Tensor four = floats(1, 2, 3, 4);
    assertRefused(one("Upsample", 11, Map.of(), four), "Upsample (node 'Upsample') is no operator");
    assertRefused(one("Scatter", 11, Map.of(), four), "export the model with ScatterElements");
    assertRefused(
        new Case(
            "BatchNormalization",
            11,
            List.of(1L, 4L, 2L),
            Map.of(),
            List.of(four, four, four, four),
            5),
        "has the outputs of training mode");
    assertRefused(
        image(
            "Resize",
            11,
            Map.of("coordinate_transformation_mode", Attribute.of("tf_half_pixel_for_nn"))),
        "'tf_half_pixel_for_nn'");
  }

  private static void assertRefused(Case test, String message) {
    var e =
        assertThrows(UnsupportedModelException.class, () -> OpsetConversion.toTarget(test.model()));
    assertTrue(Objects.requireNonNull(e.getMessage()).contains(message), e.getMessage());
  }

  private static Tensor random(List<Long> shape) {
    Random random = new Random(7);
    float[] values =
        new float[(int) shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.5f + random.nextFloat();
    }
    return Tensor.floats(shape, values);
  }

  private Map<String, Tensor> run(Model model, String name, Map<String, Tensor> input)
      throws Exception {
    Path file = folder.resolve(name + "-run.onnx");
    OnnxWriter.write(model, file);
    return Ort.run(file, input);
  }

  private static void assertSameResults(
      Map<String, Tensor> expected, Map<String, Tensor> found, float tolerance) {
    assertEquals(expected.keySet(), found.keySet());
    found.forEach(
        (name, tensor) -> {
          Tensor other = Objects.requireNonNull(expected.get(name), name);
          assertEquals(other.dims(), tensor.dims());
          assertArrayEquals(other.toFloats(), tensor.toFloats(), tolerance);
        });
  }
}
