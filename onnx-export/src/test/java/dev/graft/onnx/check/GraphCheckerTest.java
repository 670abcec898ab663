package dev.graft.onnx.check;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Model;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.Value;
import dev.graft.onnx.io.MiniLm;
import dev.graft.onnx.io.OnnxReader;
import dev.graft.onnx.opset.OpsetConversion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphCheckerTest {
  private static final Value X = new Value("x", TensorType.of(ElementType.FLOAT, "B", 3));
  private static final Value Y = new Value("y", TensorType.ofUnknownRank(ElementType.FLOAT));

  @Test
  void acceptsTheRealModelBeforeAndAfterConversion(@TempDir Path folder) throws Exception {
    Model model = OnnxReader.read(MiniLm.extract(folder));

    assertDoesNotThrow(() -> GraphChecker.check(model));
    assertDoesNotThrow(() -> GraphChecker.check(OpsetConversion.toTarget(model)));
  }

  @Test
  void acceptsAbsentOptionalInputsAndOutputs() {
    assertDoesNotThrow(
        () ->
            GraphChecker.check(
                graph(
                    List.of(Y),
                    node("Clip", List.of("x", "", "max"), List.of("h"), Map.of()),
                    node("Dropout", List.of("h"), List.of("y", ""), Map.of()))));
  }

  @Test
  void findsUsesBeforeDefinitions() {
    assertProblems(
        graph(
            List.of(Y),
            node("Neg", List.of("later"), List.of("y"), Map.of()),
            node("Abs", List.of("x"), List.of("later"), Map.of())),
        "Neg (node 'Neg1') reads 'later', which is defined later, by Abs (node 'Abs1')");
  }

  @Test
  void findsUndefinedValuesAndOutputs() {
    assertProblems(
        graph(List.of(Y), node("Neg", List.of("nothing"), List.of("z"), Map.of())),
        "Neg (node 'Neg1') reads 'nothing', which is not defined",
        "output 'y' is not defined");
  }

  @Test
  void findsValuesDefinedTwice() {
    assertProblems(
        graph(
            List.of(Y, Y),
            node("Neg", List.of("x"), List.of("y"), Map.of()),
            node("Abs", List.of("x"), List.of("y"), Map.of())),
        "value 'y' is defined twice, again as result of Abs (node 'Abs1')",
        "output 'y' is listed twice");
  }

  @Test
  void findsWrongArity() {
    assertProblems(
        graph(
            List.of(Y),
            node("Add", List.of("x"), List.of("a"), Map.of()),
            node("Neg", List.of("x", "x"), List.of("b"), Map.of()),
            node("Concat", List.of("x", "x"), List.of("y"), Map.of()),
            node("Where", List.of("", "x", "x"), List.of("c"), Map.of())),
        "Add (node 'Add1') lacks input 1",
        "Neg (node 'Neg1') has 2 inputs; expected at most 1",
        "Concat (node 'Concat1') has no attribute 'axis'",
        "Where (node 'Where1') lacks input 0");
  }

  @Test
  void findsTypesThatDoNotFit() {
    assertProblems(
        graph(
            List.of(Y),
            node("Add", List.of("x", "ids"), List.of("a"), Map.of()),
            node("Reshape", List.of("x", "x"), List.of("y"), Map.of())),
        "Add (node 'Add1') has 'x' of type float and 'ids' of type int64; expected one type",
        "Reshape (node 'Reshape1') has 'x' of type float; expected int64");
  }

  @Test
  void findsSizesThatDoNotFit() {
    assertProblems(
        graph(
            List.of(Y),
            node("Add", List.of("x", "W"), List.of("a"), Map.of()),
            node("MatMul", List.of("x", "W"), List.of("y"), Map.of())),
        "Add (node 'Add1') cannot broadcast shapes [[B,3], [4,5]]",
        "MatMul (node 'MatMul1') cannot multiply shapes [B,3] and [4,5]");
  }

  @Test
  void findsDeclarationsThatContradictEachOther() {
    Value output = new Value("y", TensorType.of(ElementType.FLOAT, "B", 3));
    Graph graph =
        graph(List.of(output), node("Neg", List.of("x"), List.of("y"), Map.of()))
            .withValueTypes(Map.of("y", TensorType.of(ElementType.FLOAT, "C", 4)));

    assertProblems(
        graph, "value 'y' has types float[C,4] and float[B,3], which contradict each other");
  }

  @Test
  void looksIntoSubgraphsWithTheValuesAroundThem() {
    Value r = new Value("r", TensorType.ofUnknownRank(ElementType.FLOAT));
    Graph good =
        new Graph(
            "good",
            List.of(),
            List.of(r),
            List.of(node("Neg", List.of("x"), List.of("r"), Map.of())),
            Map.of());
    Graph bad =
        new Graph(
            "bad",
            List.of(),
            List.of(r),
            List.of(node("Abs", List.of("q"), List.of("r"), Map.of())),
            Map.of());
    Map<String, Attribute> branches =
        Map.of(
            "then_branch", new Attribute.GraphValue(good),
            "else_branch", new Attribute.GraphValue(bad));

    assertProblems(
        graph(List.of(Y), node("If", List.of("flag"), List.of("y"), branches)),
        "Abs (node 'Abs1') reads 'q', which is not defined");
  }

  @Test
  void findsDomainsThatAreNotImported() {
    Node odd = new Node("odd", OpId.parse("com.example.Odd"), List.of("x"), List.of("y"), Map.of());
    Model model = Model.of(graph(List.of(Y), odd));

    var e = assertThrows(InvalidGraphException.class, () -> GraphChecker.check(model));

    assertEquals(
        List.of("com.example.Odd (node 'odd'): the model imports no opset of domain 'com.example'"),
        e.problems());
  }

  @Test
  void listsTheFirstProblemsOnly() {
    Node[] nodes =
        Collections.nCopies(25, node("Neg", List.of("gone"), List.of("", ""), Map.of()))
            .toArray(new Node[0]);

    var e =
        assertThrows(
            InvalidGraphException.class, () -> GraphChecker.check(graph(List.of(), nodes)));

    assertEquals(50, e.problems().size());
    String message = String.valueOf(e.getMessage());
    assertEquals(22, message.lines().count());
    assertEquals("  and 30 more", message.lines().toList().get(21));
  }

  private static Graph graph(List<Value> outputs, Node... nodes) {
    List<Value> inputs = new ArrayList<>(List.of(X));
    inputs.add(new Value("ids", TensorType.of(ElementType.INT64, "B", 3)));
    inputs.add(new Value("flag", TensorType.of(ElementType.BOOL)));
    Map<String, Tensor> constants =
        Map.of(
            "W", Tensor.floats(List.of(4L, 5L), new float[20]),
            "max", Tensor.scalar(ElementType.FLOAT, 1));
    return new Graph("g", inputs, outputs, List.of(nodes), constants);
  }

  private static Node node(
      String type, List<String> inputs, List<String> outputs, Map<String, Attribute> attributes) {
    return new Node(type + "1", OpId.onnx(type), inputs, outputs, attributes);
  }

  private static void assertProblems(Graph graph, String... problems) {
    var e = assertThrows(InvalidGraphException.class, () -> GraphChecker.check(graph));
    assertEquals(List.of(problems), e.problems());
  }
}
