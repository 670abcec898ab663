package dev.graft.onnx.rewrite;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Matrix products: scales and transpositions of their operands go into {@code FusedMatMul}. */
final class ProductReplacements {
  private static final OpId FUSED = OpId.microsoft("FusedMatMul");

  private ProductReplacements() {}

  /**
   * {@code Reshape(Gemm(Reshape(x, [-1, in]), W, bias))} becomes a product of x itself, so that the
   * module has one form in all exports.
   */
  static boolean linear(Match m) {
    Node gemm = m.node("gemm");
    Optional<Shape> in = m.shape("x");
    Optional<Shape> out = m.graph().shapeOf(m.root().output(0));
    Optional<Shape> weight = m.shape("weight");
    boolean plain =
        gemm.intAttribute("transA", 0) == 0
            && gemm.floatAttribute("alpha", 1) == 1
            && (!m.has("bias") || gemm.floatAttribute("beta", 1) == 1);
    if (!plain || in.isEmpty() || out.isEmpty() || weight.isEmpty() || in.get().rank() < 3) {
      return false;
    }
    boolean turned = gemm.intAttribute("transB", 0) != 0;
    Dim features = weight.get().dim(turned ? 1 : 0);
    List<Dim> expected = new ArrayList<>(in.get().dims().subList(0, in.get().rank() - 1));
    expected.add(weight.get().dim(turned ? 0 : 1));
    boolean rowwise =
        in.get().dim(-1).surelyEquals(features)
            && out.get().surelyEquals(new Shape(expected))
            && (!m.has("bias") || isVector(m, expected.get(expected.size() - 1)));
    if (!rowwise) {
      return false;
    }
    OpId op = turned ? FUSED : OpId.onnx("MatMul");
    Map<String, Attribute> attributes = turned ? Map.of("transB", Attribute.of(1)) : Map.of();
    if (!m.has("bias")) {
      return m.finish(gemm.name(), op, attributes, m.value("x"), m.value("weight"));
    }
    String product = m.op(gemm.name(), op, attributes, m.value("x"), m.value("weight"));
    return m.finish(OpId.onnx("Add"), Map.of(), product, m.value("bias"));
  }

  private static boolean isVector(Match m, Dim size) {
    return m.shape("bias").filter(new Shape(List.of(size))::equals).isPresent();
  }

  /** A weight that is turned in the graph is read as it lies: turning it would make a copy. */
  static boolean transposedWeight(Match m) {
    Optional<Shape> weight = m.shape("weight");
    if (weight.isEmpty() || weight.get().rank() != 2 || !isFloat(m, "weight")) {
      return false;
    }
    boolean turns =
        m.node("turned").intsAttribute("perm").map(p -> p.equals(List.of(1L, 0L))).orElse(true);
    return turns
        && m.finish(FUSED, Map.of("transB", Attribute.of(1)), m.value("x"), m.value("weight"));
  }

  /** A scalar factor of an operand or of the result goes into {@code alpha}. */
  static boolean scale(Match m) {
    Node product = m.node("product");
    String constant = m.value(m.has("factor") ? "factor" : "divisor");
    boolean usable =
        isActivationProduct(m)
            && rank(m, constant) <= Math.min(rank(m, m.value("a")), rank(m, m.value("b")));
    if (!usable || (m.has("divisor") && m.number("divisor") == 0)) {
      return false;
    }
    double factor = m.has("factor") ? m.number("factor") : 1 / m.number("divisor");
    double alpha = product.floatAttribute("alpha", 1) * factor;
    if (!Float.isFinite((float) alpha)) {
      return false;
    }
    Map<String, Attribute> attributes = new HashMap<>(product.attributes());
    attributes.put("alpha", Attribute.of(alpha));
    return m.finish(product.name(), FUSED, attributes, m.value("a"), m.value("b"));
  }

  private static int rank(Match m, String value) {
    return m.graph().shapeOf(value).map(Shape::rank).orElse(0);
  }

  /**
   * Swapping the last two axes of an operand becomes a flag. Of a transposition that also moves
   * other axes, the swap is split off: {@code perm [0,2,3,1]} leaves {@code [0,2,1,3]}.
   */
  static boolean transposedOperand(Match m) {
    if (!isActivationProduct(m)) {
      return false;
    }
    Node product = m.node("product");
    boolean left = m.has("turnedA");
    Node turned = m.node(left ? "turnedA" : "turnedB");
    Optional<List<Long>> perm = turned.intsAttribute("perm");
    int rank = rank(m, turned.input(0));
    if (perm.isEmpty() || rank < 3 || perm.get().size() != rank) {
      return false;
    }
    List<Long> rest = new ArrayList<>(perm.get());
    long last = rest.get(rank - 1);
    rest.set(rank - 1, rest.get(rank - 2));
    rest.set(rank - 2, last);
    boolean onlySwap = isIdentity(rest);
    // Rows stay whole in the kernel's inner loop only if the last axis keeps its place.
    if (!onlySwap && rest.get(rank - 1) != rank - 1) {
      return false;
    }
    Map<String, Attribute> attributes = new HashMap<>(product.attributes());
    String flag = left ? "transA" : "transB";
    if (attributes.containsKey("transBatchA") || attributes.containsKey("transBatchB")) {
      return false;
    }
    attributes.put(flag, Attribute.of(1 - product.intAttribute(flag, 0)));
    String source =
        onlySwap
            ? turned.input(0)
            : m.op(
                turned.name(), turned.op(), Map.of("perm", Attribute.ints(rest)), turned.input(0));
    return left
        ? m.finish(product.name(), FUSED, attributes, source, m.value("b"))
        : m.finish(product.name(), FUSED, attributes, m.value("a"), source);
  }

  private static boolean isIdentity(List<Long> perm) {
    for (int i = 0; i < perm.size(); i++) {
      if (perm.get(i) != i) {
        return false;
      }
    }
    return true;
  }

  /** Floats on both sides and no frozen weight: linear modules keep their plain form. */
  private static boolean isActivationProduct(Match m) {
    Node product = m.node("product");
    return isFloat(m, "a")
        && isFloat(m, "b")
        && rank(m, m.value("a")) >= 2
        && rank(m, m.value("b")) >= 2
        && Values.constant(m.index(), product.input(0)).isEmpty()
        && Values.constant(m.index(), product.input(1)).isEmpty();
  }

  private static boolean isFloat(Match m, String name) {
    return m.graph()
        .typeOf(m.value(name))
        .filter(t -> t.elementType() == ElementType.FLOAT)
        .isPresent();
  }
}
