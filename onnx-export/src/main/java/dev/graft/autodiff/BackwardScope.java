package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What a gradient rule sees of one node: its inputs {@code x(i)}, outputs {@code y(i)}, the
 * gradients {@code dy(i)} of its outputs, and a place to give those of its inputs.
 */
final class BackwardScope {
  private final Backward backward;
  private final Node node;
  private final Set<Integer> answered = new HashSet<>();
  private double carried = 1;
  private boolean factorTaken;

  BackwardScope(Backward backward, Node node) {
    this.backward = backward;
    this.node = node;
  }

  Node node() {
    return node;
  }

  int inputCount() {
    return node.inputs().size();
  }

  boolean has(int i) {
    return node.hasInput(i);
  }

  String x(int i) {
    if (!node.hasInput(i)) {
      throw new IllegalStateException("%s has no input %d".formatted(node.describe(), i));
    }
    return node.input(i);
  }

  /** Output {@code i}; the forward node is made to compute it if it does not yet. */
  String y(int i) {
    return backward.output(node, i);
  }

  /** The gradient of the only output. */
  String dy() {
    return dy(0);
  }

  /**
   * The gradient of an output that {@linkplain #hasDy has} one.
   *
   * <p>Rules are linear in it. Where it goes to one input only, its constant factor is therefore
   * handed on to that input instead of being applied here.
   */
  String dy(int i) {
    Scaled gradient = gradientOf(i);
    if (!factorTaken && isSingleFile()) {
      carried = gradient.factor();
      return gradient.value();
    }
    return backward.materialize(gradient, node.output(i));
  }

  /** The gradient of an output with its factor applied, for rules that make it larger. */
  String appliedDy(int i) {
    factorTaken = true;
    return dy(i);
  }

  /** The gradient of the first output with a factor that the rule applies. */
  Scaled scaledDy() {
    return scaledDy(0);
  }

  /** The gradient of an output with a factor that the rule applies. */
  Scaled scaledDy(int i) {
    factorTaken = true;
    return gradientOf(i);
  }

  private boolean isSingleFile() {
    long gradients = IntStream.range(0, node.outputs().size()).filter(this::hasDy).count();
    long wanted = IntStream.range(0, node.inputs().size()).filter(this::wants).count();
    return gradients == 1 && wanted == 1;
  }

  private Scaled gradientOf(int i) {
    return backward
        .gradient(node.output(i))
        .orElseThrow(
            () ->
                MissingGradientException.because(
                    node, "no gradient reaches its output %d".formatted(i)));
  }

  boolean hasDy(int i) {
    return !node.output(i).isEmpty() && backward.gradient(node.output(i)).isPresent();
  }

  /** Whether input {@code i} leads to a trainable value. */
  boolean wants(int i) {
    return node.hasInput(i) && backward.leads(node.input(i));
  }

  // Giving.

  /** Gives input {@code i} a gradient of exactly its shape. */
  void give(int i, String gradient) {
    give(i, Scaled.of(gradient));
  }

  void give(int i, Scaled gradient) {
    if (wants(i)) {
      answered.add(i);
      backward.accumulate(node.input(i), gradient.times(carried));
    }
  }

  /**
   * Gives input {@code i} a gradient that has the shape to which inputs {@code 0..count-1}
   * broadcast.
   */
  void giveBroadcast(int i, Scaled gradient, int count) {
    List<Optional<Shape>> others = new ArrayList<>();
    for (int k = 0; k < count; k++) {
      if (k != i && node.hasInput(k)) {
        others.add(knownShape(node.input(k)));
      }
    }
    Optional<Shape> result = knownShape(node.output(0));
    String summed = new Unbroadcast(this).sum(gradient.value(), node.input(i), others, result);
    give(i, new Scaled(summed, gradient.factor()));
  }

  /**
   * Declares that no gradient flows into input {@code i}, although it leads to a trainable value.
   */
  void stop(int i) {
    answered.add(i);
  }

  void checkComplete() {
    for (int i = 0; i < node.inputs().size(); i++) {
      if (wants(i) && !answered.contains(i)) {
        throw MissingGradientException.because(
            node,
            "its rule has no formula for input %d ('%s'), which leads to a trainable value"
                .formatted(i, node.input(i)));
      }
    }
  }

  // Emitting.

  String op(String type, String... inputs) {
    return op(type, Map.of(), inputs);
  }

  String op(String type, Map<String, Attribute> attributes, String... inputs) {
    return backward.emit(name(type), OpId.onnx(type), attributes, inputs);
  }

  String microsoft(String type, Map<String, Attribute> attributes, String... inputs) {
    return backward.emit(name(type), OpId.microsoft(type), attributes, inputs);
  }

  /** Emits a node that depends on no gradient; equal ones are emitted once in the graph. */
  String once(String type, Map<String, Attribute> attributes, String... inputs) {
    return backward.emitOnce(name(type), OpId.onnx(type), attributes, inputs);
  }

  String onceOf(String type, Map<String, Attribute> attributes, List<String> inputs) {
    return once(type, attributes, inputs.toArray(String[]::new));
  }

  /** Applies the factor of a gradient of the first output. */
  String apply(Scaled gradient) {
    return backward.materialize(gradient, node.output(0));
  }

  List<String> ops(String type, Map<String, Attribute> attributes, List<String> inputs, int count) {
    List<String> outputs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      outputs.add(backward.builder().fresh(name(type) + "_" + i));
    }
    backward
        .builder()
        .addNode(
            new Node(
                backward.builder().fresh(name(type)),
                OpId.onnx(type),
                inputs,
                outputs,
                attributes));
    return outputs;
  }

  /** {@code gradient * value}, without a node where the gradient is the seed 1. */
  String mul(String gradient, String value) {
    return backward.isSeed(gradient) ? value : op("Mul", gradient, value);
  }

  private String name(String type) {
    return "grad/%s/%s".formatted(Backward.label(node), type);
  }

  /** A constant of rank 0 in the element type of the node's first output. */
  String scalar(double value) {
    return backward.builder().scalar(elementType(), value);
  }

  String scalar(ElementType type, double value) {
    return backward.builder().scalar(type, value);
  }

  String longs(long... values) {
    return backward.builder().longs(values);
  }

  String longs(List<Long> values) {
    return longs(values.stream().mapToLong(Long::longValue).toArray());
  }

  String constant(Tensor tensor) {
    return backward.builder().constant("const", tensor);
  }

  // Knowing.

  /** The element type of the first output. */
  ElementType elementType() {
    return backward
        .type(node.output(0))
        .or(() -> node.inputs().stream().flatMap(x -> backward.type(x).stream()).findFirst())
        .map(TensorType::elementType)
        .orElseThrow(() -> unknown("element type", node.output(0)));
  }

  ElementType elementType(String value) {
    return backward
        .type(value)
        .map(TensorType::elementType)
        .orElseThrow(() -> unknown("element type", value));
  }

  Optional<ElementType> knownElementType(String value) {
    return backward.type(value).map(TensorType::elementType);
  }

  Optional<Shape> knownShape(String value) {
    return backward.shape(value);
  }

  /** The shape of a forward value, of which at least the rank is known. */
  Shape shape(String value) {
    return backward.shape(value).orElseThrow(() -> unknown("rank", value));
  }

  int rank(String value) {
    return shape(value).rank();
  }

  Optional<Tensor> constantOf(String value) {
    return backward.constant(value);
  }

  /** The number behind a frozen constant of one element. */
  Optional<Double> number(String value) {
    return constantOf(value)
        .filter(t -> t.elementType() != ElementType.STRING && t.elementCount() == 1)
        .map(t -> t.toDoubles()[0]);
  }

  /** The shape of a forward value as an int64 vector: a constant where all of it is known. */
  String shapeOf(String value) {
    Optional<Shape> shape = knownShape(value).filter(Shape::isStatic);
    return shape.isPresent() ? longs(shape.get().sizes()) : once("Shape", Map.of(), value);
  }

  /** The size of one dimension of a forward value, as an int64 vector of length 1. */
  String dimOf(String value, int axis) {
    if (knownShape(value).isPresent() && shape(value).dim(axis) instanceof Dim.Fixed fixed) {
      return longs(fixed.size());
    }
    Map<String, Attribute> one = Map.of("start", Attribute.of(axis), "end", Attribute.of(axis + 1));
    return once("Shape", one, value);
  }

  /** A tensor of zeros in the shape of a forward value. */
  String zerosLike(String value) {
    return zeros(shapeOf(value), elementType(value));
  }

  /** A tensor of zeros in a shape that an int64 vector gives. */
  String zeros(String shape, ElementType type) {
    Tensor zero = Tensor.scalar(type, 0);
    Tensor vector = new Tensor(type, List.of(1L), zero.data());
    return op("ConstantOfShape", Map.of("value", Attribute.of(vector)), shape);
  }

  /** A constant tensor of ones. */
  String expandedOne(List<Long> shape) {
    return once("Expand", Map.of(), scalar(1), longs(shape));
  }

  /**
   * Reshapes {@code value}, which has the shape of {@code from}, to that of {@code to}; both are
   * forward values. The shape is a constant where one can say it.
   */
  String reshapeTo(String value, String from, String to) {
    Optional<List<Long>> target = constantTarget(knownShape(from), knownShape(to));
    if (target.isPresent()) {
      return op("Reshape", value, longs(target.get()));
    }
    return op("Reshape", Map.of("allowzero", Attribute.of(1)), value, shapeOf(to));
  }

  /** Sizes, 0 for a dimension to be copied and -1 for one to be inferred. */
  private static Optional<List<Long>> constantTarget(Optional<Shape> from, Optional<Shape> to) {
    if (to.isEmpty()) {
      return Optional.empty();
    }
    List<Long> target = new ArrayList<>();
    boolean inferred = false;
    for (int i = 0; i < to.get().rank(); i++) {
      Dim dim = to.get().dim(i);
      boolean copied =
          from.isPresent() && i < from.get().rank() && from.get().dim(i).surelyEquals(dim);
      if (dim instanceof Dim.Fixed fixed && fixed.size() > 0) {
        target.add(fixed.size());
      } else if (copied) {
        target.add(0L);
      } else if (!inferred && !(dim instanceof Dim.Fixed)) {
        target.add(-1L);
        inferred = true;
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(target);
  }

  private MissingGradientException unknown(String what, String value) {
    return MissingGradientException.because(
        node,
        "its rule needs the %s of value '%s', which is not known; run shape inference first"
            .formatted(what, value));
  }
}
