package dev.graft.onnx.shape;

import dev.graft.onnx.Dim;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.Value;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One walk over a graph. */
final class InferenceRun {
  private final Graph graph;
  private final Map<String, TensorType> declared;
  private final SizeContext context = new SizeContext();
  private final Map<String, Facts> facts = new HashMap<>();

  InferenceRun(Graph graph) {
    this.graph = graph;
    this.declared = new HashMap<>(graph.valueTypes());
    graph.outputs().forEach(v -> declared.putIfAbsent(v.name(), v.type()));
    graph.inputs().forEach(this::declare);
    graph.initializers().forEach(this::declare);
    graph.nodes().forEach(this::visit);
  }

  private void declare(Value input) {
    facts.put(
        input.name(),
        new Facts(
            Optional.of(input.type().elementType()),
            input.type().shape().map(shape -> sizes(input.name(), shape)),
            Optional.empty()));
  }

  private Sizes sizes(String value, Shape shape) {
    List<SizeExpr> sizes = new ArrayList<>();
    for (int axis = 0; axis < shape.rank(); axis++) {
      sizes.add(context.declare(shape.dim(axis), "%s.d%d".formatted(value, axis)));
    }
    return new Sizes(sizes);
  }

  /** An initializer that is an input too may be overridden, so its numbers are not known. */
  private void declare(String name, Tensor tensor) {
    if (facts.containsKey(name)) {
      return;
    }
    facts.put(
        name,
        new Facts(
            Optional.of(tensor.elementType()),
            Optional.of(Sizes.ofLongs(tensor.dims())),
            Content.of(tensor)));
  }

  private Facts factsOf(String value) {
    return facts.getOrDefault(value, Facts.NOTHING);
  }

  private void visit(Node node) {
    Optional<ShapeRule> rule = ShapeRules.of(node.op());
    ShapeScope scope = new ShapeScope(node, this::factsOf, context);
    List<Sizes> sizes = List.of();
    if (rule.isPresent() && scope.knowsAllRanks()) {
      sizes = rule.get().sizes().of(scope);
    }
    for (int i = 0; i < node.outputs().size(); i++) {
      if (node.output(i).isEmpty()) {
        continue;
      }
      Optional<ElementType> type = Optional.empty();
      if (rule.isPresent()) {
        List<ShapeRule.TypeRule> types = rule.get().types();
        type = types.get(Math.min(i, types.size() - 1)).of(scope);
      }
      Optional<Sizes> known = i < sizes.size() ? Optional.of(sizes.get(i)) : Optional.empty();
      Facts merged = merge(node, node.output(i), type, known);
      facts.put(node.output(i), i == 0 ? withContent(scope, merged) : merged);
    }
  }

  private Facts withContent(ShapeScope scope, Facts result) {
    Optional<List<Long>> dims = result.sizes().flatMap(Sizes::constants);
    if (dims.isEmpty()
        || !scope.knowsAllRanks()
        || dims.get().stream().reduce(1L, Math::multiplyExact) > Content.MAX_ELEMENTS) {
      return result;
    }
    return new Facts(
        result.elementType(),
        result.sizes(),
        ContentRules.of(scope.node().op()).flatMap(rule -> rule.of(scope, dims.get())));
  }

  /** Joins what a rule found with what the graph declares; fixed sizes must agree. */
  private Facts merge(
      Node node, String value, Optional<ElementType> type, Optional<Sizes> inferred) {
    TensorType said = declared.get(value);
    if (said == null) {
      return new Facts(type, inferred, Optional.empty());
    }
    boolean saysType = said.elementType() != ElementType.UNDEFINED;
    if (saysType && type.isPresent() && type.get() != said.elementType()) {
      throw contradiction(node, value, said, type.get().text());
    }
    Optional<ElementType> anyType =
        type.isPresent() || !saysType ? type : Optional.of(said.elementType());
    if (inferred.isEmpty() || said.shape().isEmpty()) {
      return new Facts(
          anyType,
          inferred.or(() -> said.shape().map(shape -> sizes(value, shape))),
          Optional.empty());
    }
    Shape shape = said.shape().get();
    Sizes sizes = inferred.get();
    if (shape.rank() != sizes.rank()) {
      throw contradiction(node, value, said, sizes.toString());
    }
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (shape.dim(axis) instanceof Dim.Fixed fixed) {
        SizeExpr size = sizes.get(axis);
        if (size.constant().isPresent() && !size.is(fixed.size())) {
          throw contradiction(node, value, said, sizes.toString());
        }
        boolean own = size.toString().startsWith(value + ".d");
        sizes = own ? sizes.with(axis, SizeExpr.of(fixed.size())) : sizes;
      }
    }
    return new Facts(anyType, Optional.of(sizes), Optional.empty());
  }

  private static ShapeConflictException contradiction(
      Node node, String value, TensorType said, String found) {
    return new ShapeConflictException(
        node, "the graph declares %s for '%s', but it is %s".formatted(said, value, found));
  }

  Graph typed() {
    Map<String, TensorType> types = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      for (String output : node.outputs()) {
        Facts known = factsOf(output);
        known.elementType().ifPresent(type -> types.put(output, typeOf(node, type, known)));
      }
    }
    return graph.withValueTypes(types);
  }

  private TensorType typeOf(Node node, ElementType type, Facts known) {
    if (known.sizes().isEmpty()) {
      return TensorType.ofUnknownRank(type);
    }
    List<Dim> dims = new ArrayList<>();
    for (SizeExpr size : known.sizes().get().list()) {
      if (size.constant().isPresent() && size.constant().getAsLong() < 0) {
        throw new ShapeConflictException(
            node, "a size of %s comes out negative".formatted(known.sizes().get()));
      }
      dims.add(context.dim(size));
    }
    return TensorType.of(type, new Shape(dims));
  }

  Map<String, Tensor> knownIntegers() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      Facts known = factsOf(node.output(0));
      Optional<List<Long>> numbers = known.content().flatMap(Content::constants);
      if (numbers.isPresent() && known.elementType().isPresent()) {
        tensor(known.elementType().get(), known.content().get().dims(), numbers.get())
            .ifPresent(t -> tensors.put(node.output(0), t));
      }
    }
    return tensors;
  }

  private static Optional<Tensor> tensor(ElementType type, List<Long> dims, List<Long> numbers) {
    if (type == ElementType.INT64) {
      return Optional.of(Tensor.longs(dims, numbers.stream().mapToLong(Long::longValue).toArray()));
    }
    if (type == ElementType.FLOAT) {
      float[] floats = new float[numbers.size()];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = numbers.get(i);
      }
      return Optional.of(Tensor.floats(dims, floats));
    }
    if (type != ElementType.INT32 && type != ElementType.BOOL) {
      return Optional.empty();
    }
    int width = type.sizeBytes();
    ByteBuffer bytes = ByteBuffer.allocate(width * numbers.size()).order(ByteOrder.LITTLE_ENDIAN);
    for (long number : numbers) {
      if (width == 4) {
        bytes.putInt(Math.toIntExact(number));
      } else {
        bytes.put((byte) number);
      }
    }
    bytes.flip();
    return Optional.of(new Tensor(type, dims, new TensorData.Inline(bytes)));
  }
}
