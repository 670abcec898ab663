package dev.graft.onnx.rewrite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OrtException;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimplificationTest {
  @TempDir Path folder = Path.of("");
  private final Form f = new Form(Form.Style.TORCHSCRIPT);

  private Canonicalizer.Result canonical(Graph before) throws IOException, OrtException {
    Canonicalizer.Result result = Canonicalizer.standard().apply(before);
    Equivalence.assertSame(before, result.graph(), f.feeds(), folder);
    return result;
  }

  private void assertOperators(String expected, String result) throws IOException, OrtException {
    Graph after = canonical(f.graph(result)).graph();
    assertEquals(expected, Equivalence.operators(after).toString());
  }

  @Test
  void dropsWhatDoesNothing() throws IOException, OrtException {
    String y = f.op("Identity", f.op("Relu", f.x));
    y = f.op("Dropout", y);
    y = f.op("Cast", Map.of("to", Attribute.of(ElementType.FLOAT.number())), y);
    y = f.op("Mul", f.op("Add", f.n(0), y), f.n(1));
    y = f.op("Transpose", Map.of("perm", Attribute.ints(0, 1, 2)), y);
    y = f.op("Reshape", y, f.concat(f.size(f.x, 0), f.size(f.x, 1), f.longs(8)));
    y = f.op("Slice", y, f.longs(0), f.longs(Long.MAX_VALUE), f.longs(1));
    assertOperators("{Relu=1}", y);
  }

  @Test
  void keepsWhatOnlySeemsToDoNothing() throws IOException, OrtException {
    String one = f.tensor(Tensor.floats(List.of(1L, 1L, 1L, 1L), 1));
    String y = f.op("Mul", f.x, one);
    String end = f.longs(Long.MIN_VALUE);
    y = f.op("Slice", y, f.longs(-1), end, f.longs(3), f.longs(-1));
    assertOperators("{Mul=1, Slice=1}", y);
  }

  @Test
  void givesComputedShapesAsConstants() throws IOException, OrtException {
    String shape = f.concat(f.size(f.x, 0), f.size(f.x, 1), f.longs(2), f.longs(4));
    String heads = f.op("Reshape", f.x, shape);
    String rows = f.op("Mul", f.size(f.x, 0), f.size(f.x, 1));
    String folded = f.op("Reshape", f.op("Relu", heads), f.concat(rows, f.longs(8)));
    Graph after = canonical(f.graph(f.op("Neg", folded))).graph();
    assertEquals("{Neg=1, Relu=1, Reshape=2}", Equivalence.operators(after).toString());
    List<List<Long>> shapes =
        after.nodes().stream()
            .filter(n -> n.is("Reshape"))
            .map(n -> after.initializers().get(n.input(1)))
            .map(t -> t == null ? List.<Long>of() : t.toLongs())
            .toList();
    assertEquals(List.of(List.of(0L, 0L, 2L, 4L), List.of(-1L, 8L)), shapes);
  }

  @Test
  void keepsAComputedShapeThatIsNotKnown() throws IOException, OrtException {
    String rows = f.op("Shape", f.input("other", List.of("n", "m"), 6, 8));
    assertOperators("{Relu=1, Reshape=1, Shape=1}", f.op("Relu", f.op("Reshape", f.x, rows)));
  }

  @Test
  void readsAnOperandBeforeItIsSpreadOut() throws IOException, OrtException {
    String mask = f.input("mask", List.of("batch", 1, 1), 2, 1, 1);
    String wide = f.op("Expand", mask, f.concat(f.size(f.x, 0), f.size(f.x, 1), f.longs(1)));
    assertOperators("{Add=1}", f.op("Add", f.x, wide));
  }

  @Test
  void keepsAnExpansionThatShapesTheResult() throws IOException, OrtException {
    String row = f.input("row", List.of(1, 8), 1, 8);
    String wide = f.op("Expand", row, f.concat(f.size(f.x, 1), f.longs(8)));
    assertOperators(
        "{Concat=1, Expand=1, Gather=1, Neg=1, Shape=1, Unsqueeze=1}", f.op("Neg", wide));
  }

  @Test
  void mergesEqualNodesButNotEqualParameters() throws IOException, OrtException {
    String w1 = f.b.initializer("a.weight", Tensor.floats(List.of(8L), new float[8]));
    String w2 = f.b.initializer("b.weight", Tensor.floats(List.of(8L), new float[8]));
    String left = f.op("Add", f.op("Relu", f.x), w1);
    String right = f.op("Add", f.op("Relu", f.x), w2);
    Graph after = canonical(f.graph(f.op("Mul", left, right))).graph();
    assertEquals("{Add=2, Mul=1, Relu=1}", Equivalence.operators(after).toString());
    assertEquals(2, after.initializers().size());
  }

  @Test
  void foldsSmallConstantsAndNeverLargeWeights() throws IOException, OrtException {
    String small = f.op("Transpose", f.weight("small", 2, 8));
    String narrow = f.op("MatMul", f.x, small);
    String wide = f.op("MatMul", f.x, f.op("Transpose", f.weight("large", 1024, 8)));
    String sums = f.op("ReduceSum", wide, f.longs(-1));
    assertOperators("{Add=1, FusedMatMul=1, MatMul=1, ReduceSum=1}", f.op("Add", narrow, sums));
  }

  @Test
  void keepsTheNamesOfOutputs() throws IOException, OrtException {
    String relu = f.op("Relu", f.x);
    f.b.output(relu, "first", TensorType.ofUnknownRank(ElementType.FLOAT));
    f.b.output(relu, "second", TensorType.ofUnknownRank(ElementType.FLOAT));
    f.b.output(f.x, "copy", TensorType.ofUnknownRank(ElementType.FLOAT));
    Graph after = canonical(f.graph(f.op("Neg", relu))).graph();
    assertEquals(List.of("first", "second", "copy", "y"), after.outputNames());
    assertEquals("{Identity=2, Neg=1, Relu=1}", Equivalence.operators(after).toString());
  }

  @Test
  void findsNothingInItsOwnResult() throws IOException, OrtException {
    Graph once = canonical(f.graph(f.op("Mul", f.n(2), f.op("Sigmoid", f.x)))).graph();
    Canonicalizer.Result twice = Canonicalizer.standard().apply(once);
    assertEquals(0, twice.counts().stream().mapToInt(MatchCount::count).sum());
    assertEquals(once, twice.graph());
  }
}
