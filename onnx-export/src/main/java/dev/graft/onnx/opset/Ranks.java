package dev.graft.onnx.opset;

import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Ranks of values, as far as declared types and a few operators tell. Shape inference knows more,
 * but reads operators in their newest form only, and so comes after the conversion.
 */
final class Ranks {
  /** Operators whose result has the rank of the first input. */
  private static final Set<String> SAME =
      Set.of(
          "Abs",
          "BatchNormalization",
          "Cast",
          "Clip",
          "Concat",
          "Dropout",
          "Elu",
          "Erf",
          "Exp",
          "HardSigmoid",
          "Hardmax",
          "Identity",
          "InstanceNormalization",
          "LayerNormalization",
          "LeakyRelu",
          "Log",
          "LogSoftmax",
          "Neg",
          "Not",
          "Pad",
          "Reciprocal",
          "Relu",
          "Selu",
          "Sigmoid",
          "Slice",
          "Softmax",
          "Softplus",
          "Split",
          "Sqrt",
          "Tanh",
          "Conv",
          "CumSum",
          "Trilu");

  /** Operators whose result has the largest rank of their inputs. */
  private static final Set<String> BROADCASTING =
      Set.of(
          "Add", "And", "Div", "Equal", "Greater", "Less", "Max", "Mean", "Min", "Mul", "Or",
          "PRelu", "Pow", "Sub", "Sum", "Where", "Xor");

  private final Graph graph;
  private final @Nullable Ranks outer;
  private final Map<String, OptionalInt> known = new HashMap<>();

  Ranks(Graph graph) {
    this(graph, null);
  }

  private Ranks(Graph graph, @Nullable Ranks outer) {
    this.graph = graph;
    this.outer = outer;
    GraphIndex index = new GraphIndex(graph);
    for (Node node : graph.nodes()) {
      OptionalInt rank = result(node, index);
      node.outputs().forEach(o -> known.put(o, rank));
    }
  }

  /** The ranks in a subgraph, which sees the values of this one too. */
  Ranks inside(Graph subgraph) {
    return new Ranks(subgraph, this);
  }

  OptionalInt of(String value) {
    Optional<Shape> declared = graph.shapeOf(value);
    if (declared.isPresent()) {
      return OptionalInt.of(declared.get().rank());
    }
    OptionalInt computed = known.get(value);
    if (computed != null) {
      return computed;
    }
    return outer == null || graph.input(value).isPresent() ? OptionalInt.empty() : outer.of(value);
  }

  private OptionalInt result(Node node, GraphIndex index) {
    String type = node.op().type();
    if (!node.op().domain().isEmpty()) {
      return OptionalInt.empty();
    }
    if (SAME.contains(type)) {
      return of(node.input(0));
    }
    if (BROADCASTING.contains(type) || type.equals("MatMul")) {
      return broadcast(node);
    }
    return switch (type) {
      case "Transpose" ->
          node.intsAttribute("perm")
              .map(perm -> OptionalInt.of(perm.size()))
              .orElseGet(() -> of(node.input(0)));
      case "Reshape" -> length(node.input(1), index);
      case "Constant" ->
          index
              .constant(node.output(0))
              .map(Tensor::shape)
              .map(Shape::rank)
              .map(OptionalInt::of)
              .orElse(OptionalInt.empty());
      case "Gather" -> plus(of(node.input(0)), of(node.input(1)), -1);
      case "Unsqueeze" -> plus(of(node.input(0)), axesCount(node), 0);
      case "Gemm", "Flatten" -> OptionalInt.of(2);
      case "Shape" -> OptionalInt.of(1);
      default -> OptionalInt.empty();
    };
  }

  private OptionalInt broadcast(Node node) {
    int rank = 0;
    for (String input : node.inputs()) {
      OptionalInt one = of(input);
      if (one.isEmpty()) {
        return OptionalInt.empty();
      }
      rank = Math.max(rank, one.getAsInt());
    }
    // A vector times a matrix loses a dimension.
    boolean vector = node.inputs().stream().anyMatch(i -> of(i).equals(OptionalInt.of(1)));
    return node.is("MatMul") && vector ? OptionalInt.empty() : OptionalInt.of(rank);
  }

  /** The number of elements of a constant or of a vector that was put together of scalars. */
  private OptionalInt length(String vector, GraphIndex index) {
    Optional<Tensor> constant = index.constant(vector);
    if (constant.isPresent()) {
      return OptionalInt.of((int) constant.get().elementCount());
    }
    return index
        .producer(vector)
        .filter(n -> n.is("Concat"))
        .filter(n -> n.inputs().stream().allMatch(i -> isSingle(i, index)))
        .map(n -> OptionalInt.of(n.inputs().size()))
        .orElse(OptionalInt.empty());
  }

  private static boolean isSingle(String value, GraphIndex index) {
    Optional<Tensor> constant = index.constant(value);
    if (constant.isPresent()) {
      return constant.get().elementCount() == 1;
    }
    // What exporters write: Unsqueeze(Gather(Shape(x), i), [0]).
    return index
        .producer(value)
        .filter(n -> n.is("Unsqueeze"))
        .flatMap(n -> index.producer(n.input(0)))
        .filter(n -> n.is("Gather"))
        .flatMap(n -> index.constant(n.input(1)))
        .filter(t -> t.dims().isEmpty())
        .isPresent();
  }

  private static OptionalInt axesCount(Node node) {
    return node.intsAttribute("axes")
        .map(axes -> OptionalInt.of(axes.size()))
        .orElse(OptionalInt.empty());
  }

  private static OptionalInt plus(OptionalInt a, OptionalInt b, int more) {
    return a.isPresent() && b.isPresent()
        ? OptionalInt.of(a.getAsInt() + b.getAsInt() + more)
        : OptionalInt.empty();
  }
}
