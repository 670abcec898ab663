package dev.graft.onnx.rewrite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every pattern in the ways exporters and people write it, and graphs that only look like it. */
class StandardPatternsTest {
  @TempDir Path folder = Path.of("");

  private record Case(
      String pattern, String operators, String title, Function<Form, String> graph) {}

  private static final Map<String, Attribute> PERM_0213 =
      Map.of("perm", Attribute.ints(0, 2, 1, 3));

  private static List<Case> matches() {
    List<Case> all = new ArrayList<>();
    norms(all);
    gelus(all);
    products(all);
    return all;
  }

  private static void norms(List<Case> all) {
    String norm = "{LayerNormalization=1}";
    all.add(
        new Case("layer-norm", norm, "Pow, Div, beta", f -> affine(f, divided(f, centered(f)))));
    all.add(
        new Case(
            "layer-norm",
            norm,
            "Mul(d, d), Reciprocal",
            f -> {
              String d = centered(f);
              String v = f.op("Add", f.n(1e-5), f.mean(f.op("Mul", d, d)));
              return affine(f, f.op("Mul", f.op("Reciprocal", f.op("Sqrt", v)), d));
            }));
    all.add(
        new Case(
            "layer-norm",
            norm,
            "two subtractions, Pow 0.5, gamma first",
            f -> {
              String v = f.op("Add", f.mean(f.op("Pow", centered(f), f.n(2))), f.n(1e-12));
              String scaled = f.op("Mul", f.weight("ln.weight", 8), centered(f));
              String y = f.op("Div", scaled, f.op("Pow", v, f.n(0.5)));
              return f.op("Add", f.weight("ln.bias", 8), y);
            }));
    all.add(
        new Case(
            "layer-norm",
            norm,
            "gamma times inverse deviation, no beta",
            f -> {
              String d = centered(f);
              String inverse = f.op("Div", f.n(1), f.op("Sqrt", variance(f, d)));
              return f.op("Mul", d, f.op("Mul", inverse, f.weight("ln.weight", 8)));
            }));
    all.add(new Case("layer-norm", norm, "without parameters", f -> divided(f, centered(f))));
    all.add(
        new Case(
            "layer-norm",
            "{LayerNormalization=1, Mul=1}",
            "a factor of another shape stays outside",
            f -> f.op("Mul", f.weight("ln.weight", 3, 1), divided(f, centered(f)))));
    String rms = "{SimplifiedLayerNormalization=1}";
    all.add(
        new Case(
            "rms-norm",
            rms,
            "Reciprocal, weight first",
            f -> {
              String inverse = f.op("Reciprocal", f.op("Sqrt", variance(f, f.x)));
              return f.op("Mul", f.weight("norm.weight", 8), f.op("Mul", f.x, inverse));
            }));
    all.add(
        new Case(
            "rms-norm",
            rms,
            "Pow -0.5",
            f -> f.op("Mul", f.x, f.op("Pow", variance(f, f.x), f.n(-0.5)))));
  }

  private static String centered(Form f) {
    return f.op("Sub", f.x, f.mean(f.x));
  }

  private static String variance(Form f, String d) {
    return f.op("Add", f.mean(f.op("Pow", d, f.n(2))), f.n(1e-5));
  }

  private static String divided(Form f, String d) {
    return f.op("Div", d, f.op("Sqrt", variance(f, d)));
  }

  private static String affine(Form f, String y) {
    return f.op("Add", f.op("Mul", y, f.weight("ln.weight", 8)), f.weight("ln.bias", 8));
  }

  private static String erf(Form f) {
    return f.op("Add", f.op("Erf", f.op("Div", f.x, f.n(Math.sqrt(2)))), f.n(1));
  }

  private static String tanh(Form f, String inner) {
    return f.op("Add", f.op("Tanh", inner), f.n(1));
  }

  private static String cubic(Form f, String cube) {
    String sum = f.op("Add", f.x, f.op("Mul", f.n(0.044715), cube));
    return f.op("Mul", f.n(Math.sqrt(2 / Math.PI)), sum);
  }

  private static void gelus(List<Case> all) {
    String gelu = "{Gelu=1}";
    all.add(
        new Case("gelu", gelu, "half last", f -> f.op("Mul", f.op("Mul", f.x, erf(f)), f.n(0.5))));
    all.add(
        new Case("gelu", gelu, "half first", f -> f.op("Mul", f.op("Mul", f.n(0.5), f.x), erf(f))));
    all.add(
        new Case(
            "gelu",
            gelu,
            "half of erf, product with 1/sqrt(2)",
            f -> {
              String erf = f.op("Erf", f.op("Mul", f.n(Math.sqrt(0.5)), f.x));
              return f.op("Mul", f.op("Mul", f.op("Add", f.n(1), erf), f.n(0.5)), f.x);
            }));
    all.add(new Case("gelu", gelu, "divided", f -> f.op("Div", f.op("Mul", erf(f), f.x), f.n(2))));
    all.add(
        new Case(
            "gelu-tanh",
            gelu,
            "Pow 3",
            f -> {
              String t = tanh(f, cubic(f, f.op("Pow", f.x, f.n(3))));
              return f.op("Mul", f.op("Mul", f.n(0.5), f.x), t);
            }));
    all.add(
        new Case(
            "gelu-tanh",
            gelu,
            "x x x",
            f -> {
              String t = tanh(f, cubic(f, f.op("Mul", f.x, f.op("Mul", f.x, f.x))));
              return f.op("Mul", f.x, f.op("Mul", f.n(0.5), t));
            }));
    all.add(
        new Case(
            "gelu-tanh",
            gelu,
            "factored, as gelu_fast",
            f -> {
              String k = f.op("Mul", f.op("Mul", f.n(0.044715), f.x), f.x);
              String cx = f.op("Mul", f.x, f.n(0.7978845608));
              String t = tanh(f, f.op("Mul", cx, f.op("Add", f.n(1), k)));
              return f.op("Mul", f.op("Mul", f.x, f.n(0.5)), t);
            }));
    all.add(
        new Case(
            "contrib-gelu",
            "{Gelu=1}",
            "ONNX Runtime's own",
            f -> f.b.microsoft("FastGelu", Map.of(), f.x)));
    String quick = "{QuickGelu=1}";
    all.add(new Case("silu", quick, "sigmoid first", f -> f.op("Mul", f.op("Sigmoid", f.x), f.x)));
    all.add(
        new Case(
            "quick-gelu",
            quick,
            "1.702",
            f -> f.op("Mul", f.x, f.op("Sigmoid", f.op("Mul", f.n(1.702), f.x)))));
  }

  private static String heads(Form f, String name) {
    return f.input(name, List.of("batch", "tokens", 2, 4), 2, 3, 2, 4);
  }

  private static void products(List<Case> all) {
    all.add(
        new Case(
            "transposed-operand",
            "{FusedMatMul=1, Transpose=2}",
            "keys turned by 0,2,3,1",
            f -> {
              String q = f.op("Transpose", PERM_0213, heads(f, "q"));
              String k =
                  f.op("Transpose", Map.of("perm", Attribute.ints(0, 2, 3, 1)), heads(f, "k"));
              return f.op("Div", f.op("MatMul", q, k), f.n(2));
            }));
    all.add(
        new Case(
            "transposed-operand",
            "{FusedMatMul=1}",
            "first operand turned",
            f -> {
              String a = f.input("a", List.of("batch", "tokens", 5), 2, 3, 5);
              return f.op(
                  "MatMul", f.op("Transpose", Map.of("perm", Attribute.ints(0, 2, 1)), a), f.x);
            }));
    all.add(
        new Case(
            "scaled-operand",
            "{FusedMatMul=1}",
            "both operands scaled, as in scaled_dot_product_attention",
            f -> {
              String root = f.op("Sqrt", f.n(0.25));
              String k = f.op("Transpose", Map.of("perm", Attribute.ints(0, 2, 1)), f.x);
              return f.op("MatMul", f.op("Mul", f.x, root), f.op("Mul", k, root));
            }));
    all.add(
        new Case(
            "scaled-product",
            "{FusedMatMul=1}",
            "divided scores",
            f -> {
              String k = f.input("k", List.of("batch", 8, "keys"), 2, 8, 4);
              return f.op("Div", f.op("MatMul", f.x, k), f.n(Math.sqrt(8)));
            }));
    all.add(
        new Case(
            "transposed-weight",
            "{Add=1, FusedMatMul=1}",
            "weight as PyTorch keeps it",
            f -> {
              String w = f.weight("fc.weight", 520, 8);
              String turned = f.op("Transpose", Map.of("perm", Attribute.ints(1, 0)), w);
              return f.op("Add", f.weight("fc.bias", 520), f.op("MatMul", f.x, turned));
            }));
    all.add(
        new Case(
            "linear-of-gemm",
            "{Add=1, FusedMatMul=1}",
            "flattened activations, as in GPT-2",
            f -> {
              String flat = f.op("Reshape", f.x, f.longs(-1, 8));
              Map<String, Attribute> transB = Map.of("transB", Attribute.of(1));
              String y =
                  f.op("Gemm", transB, flat, f.weight("fc.weight", 5, 8), f.weight("fc.bias", 5));
              return f.op("Reshape", y, f.concat(f.size(f.x, 0), f.size(f.x, 1), f.longs(5)));
            }));
    all.add(
        new Case(
            "operand-order",
            "{Add=1, MatMul=1}",
            "bias first",
            f -> f.op("Add", f.weight("fc.bias", 5), f.op("MatMul", f.x, f.weight("fc", 8, 5)))));
  }

  /** Graphs that only look like a pattern; the operator counts show what must stay. */
  private static List<Case> nearMisses() {
    List<Case> all = new ArrayList<>();
    all.add(
        new Case(
            "layer-norm",
            "",
            "mean over another axis",
            f -> {
              String d = f.op("Sub", f.x, f.op("ReduceMean", f.x, f.longs(1)));
              return affine(f, divided(f, d));
            }));
    all.add(
        new Case(
            "layer-norm",
            "",
            "cube instead of square",
            f -> {
              String d = centered(f);
              String v = f.op("Add", f.mean(f.op("Pow", f.op("Abs", d), f.n(3))), f.n(1e-5));
              return affine(f, f.op("Div", d, f.op("Sqrt", v)));
            }));
    all.add(
        new Case(
            "rms-norm",
            "",
            "another value divided",
            f -> f.op("Div", f.op("Abs", f.x), f.op("Sqrt", variance(f, f.x)))));
    all.add(
        new Case(
            "gelu",
            "",
            "another root",
            f -> {
              String erf = f.op("Erf", f.op("Div", f.x, f.n(1.41)));
              return f.op("Mul", f.op("Mul", f.x, f.op("Add", erf, f.n(1))), f.n(0.5));
            }));
    all.add(
        new Case(
            "gelu", "", "another factor", f -> f.op("Mul", f.op("Mul", f.x, erf(f)), f.n(0.51))));
    all.add(
        new Case(
            "gelu",
            "",
            "another value multiplied",
            f -> f.op("Mul", f.op("Mul", f.op("Neg", f.x), erf(f)), f.n(0.5))));
    all.add(
        new Case(
            "gelu-tanh",
            "",
            "another cubic coefficient",
            f -> {
              String sum = f.op("Add", f.x, f.op("Mul", f.n(0.0447), f.op("Pow", f.x, f.n(3))));
              String t = tanh(f, f.op("Mul", f.n(0.7978845608), sum));
              return f.op("Mul", f.op("Mul", f.n(0.5), f.x), t);
            }));
    all.add(
        new Case(
            "silu",
            "",
            "another sigmoid",
            f -> f.op("Mul", f.x, f.op("Sigmoid", f.op("Neg", f.x)))));
    all.add(
        new Case(
            "scaled-product",
            "",
            "a frozen weight keeps its plain product",
            f -> f.op("Mul", f.op("MatMul", f.x, f.weight("w", 8, 5)), f.n(0.5))));
    all.add(
        new Case(
            "transposed-operand",
            "",
            "heads moved, last axis kept",
            f -> {
              String q = f.op("Transpose", PERM_0213, heads(f, "q"));
              return f.op("MatMul", q, f.input("k", List.of("batch", 2, 4, "keys"), 2, 2, 4, 3));
            }));
    all.add(
        new Case(
            "linear-of-gemm",
            "",
            "rows cut differently",
            f -> {
              String flat = f.op("Reshape", f.x, f.longs(-1, 4));
              String y = f.op("Gemm", flat, f.weight("fc.weight", 4, 4));
              return f.op("Reshape", y, f.concat(f.size(f.x, 0), f.size(f.x, 1), f.longs(8)));
            }));
    return all;
  }

  @TestFactory
  List<DynamicTest> rewritesEveryVariant() {
    return tests(
        matches(),
        (expected, result) -> {
          int count = result.countsByPattern().getOrDefault(expected.pattern(), 0);
          assertTrue(count >= 1, () -> "no match in " + result.graph().nodes());
          Map<String, Integer> operators = Equivalence.operators(result.graph());
          assertEquals(expected.operators(), operators.toString());
        });
  }

  @TestFactory
  List<DynamicTest> leavesNearMissesAlone() {
    return tests(
        nearMisses(),
        (expected, result) ->
            assertEquals(0, result.countsByPattern().get(expected.pattern()), expected.title()));
  }

  private interface Check {
    void accept(Case expected, Canonicalizer.Result result);
  }

  private List<DynamicTest> tests(List<Case> cases, Check check) {
    List<DynamicTest> tests = new ArrayList<>();
    for (Case c : cases) {
      for (Form.Style style : Form.Style.values()) {
        String title = "%s: %s, %s".formatted(c.pattern(), c.title(), style);
        tests.add(DynamicTest.dynamicTest(title, () -> test(c, style, check)));
      }
    }
    return tests;
  }

  private void test(Case c, Form.Style style, Check check) throws IOException, OrtException {
    Form form = new Form(style);
    Graph before = form.graph(c.graph().apply(form));
    Canonicalizer.Result result = Canonicalizer.standard().apply(before);
    check.accept(c, result);
    Equivalence.assertSame(before, result.graph(), form.feeds(), folder);
  }

  @Test
  void hasACaseForEveryPattern() {
    Set<String> patterns = new TreeSet<>();
    StandardPatterns.all().forEach(rule -> patterns.add(rule.name()));
    Set<String> cases = new TreeSet<>();
    matches().forEach(c -> cases.add(c.pattern()));
    assertEquals(patterns, cases);
  }

  @Test
  void keepsIntermediatesThatOthersRead() throws IOException, OrtException {
    Form f = new Form(Form.Style.TORCHSCRIPT);
    String d = centered(f);
    String normed = affine(f, divided(f, d));
    Graph before = f.graph(f.op("Add", normed, d));
    Canonicalizer.Result result = Canonicalizer.standard().apply(before);
    assertEquals(
        "{Add=1, LayerNormalization=1, ReduceMean=1, Sub=1}",
        Equivalence.operators(result.graph()).toString());
    Equivalence.assertSame(before, result.graph(), f.feeds(), folder);
  }

  @Test
  void doesNotTrustWeightsThatACallerMayOverride() throws IOException, OrtException {
    Form f = new Form(Form.Style.DYNAMO);
    String half = f.input("half", List.of(), new long[0]);
    f.b.initializer("shadow", Tensor.floats(List.of(), 0.5f));
    Graph built = f.graph(f.op("Mul", f.op("Mul", f.x, erf(f)), half));
    Map<String, Tensor> initializers = new LinkedHashMap<>(built.initializers());
    initializers.put("half", Tensor.floats(List.of(), 0.5f));
    Canonicalizer.Result result =
        Canonicalizer.standard().apply(built.withInitializers(initializers));
    assertEquals(0, result.countsByPattern().get("gelu"));
  }
}
