package dev.graft.onnx.shape;

import static java.util.Map.entry;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/**
 * The table: how operators compute the numbers inside small tensors, from which shapes are made.
 * Only the first output has content; an operator without an entry gives none.
 */
final class ContentRules {
  /** The content of output 0, of which the sizes are known already. */
  interface ContentRule {
    Optional<Content> of(ShapeScope s, List<Long> dims);
  }

  private static final Map<String, ContentRule> TABLE =
      Map.ofEntries(
          entry("Constant", (s, d) -> constantOf(s.node()).flatMap(Content::of)),
          entry("Identity", ContentRules::reshaped),
          entry("Cast", ContentRules::cast),
          entry("Squeeze", ContentRules::reshaped),
          entry("Unsqueeze", ContentRules::reshaped),
          entry("Reshape", ContentRules::reshaped),
          entry("Flatten", ContentRules::reshaped),
          entry("Shape", ContentRules::shape),
          entry("Size", (s, d) -> Optional.of(Content.scalar(s.sizes(0).product()))),
          entry("Gather", ContentRules::gather),
          entry("Slice", ContentRules::slice),
          entry("Concat", ContentRules::concat),
          entry("Expand", ContentRules::expand),
          entry("ConstantOfShape", ContentRules::constantOfShape),
          entry("Range", ContentRules::range),
          entry("Where", ContentRules::where),
          entry("Add", elementwise(SizeExpr::plus)),
          entry("Sub", elementwise(SizeExpr::minus)),
          entry("Mul", elementwise(SizeExpr::times)),
          entry("Div", ContentRules::divide),
          entry("Neg", (s, d) -> s.content(0).map(c -> map(c, v -> SizeExpr.of(0).minus(v)))),
          // What is followed here is whole already, in float tensors too.
          entry("Floor", ContentRules::reshaped),
          entry("Ceil", ContentRules::reshaped),
          entry("Round", ContentRules::reshaped),
          entry("Max", elementwise(ContentRules::max)),
          entry("Min", elementwise(ContentRules::min)),
          entry("Equal", elementwise(ContentRules::equal)),
          entry("Less", elementwise((a, b) -> less(a, b))),
          entry("Greater", elementwise((a, b) -> less(b, a))),
          entry("LessOrEqual", elementwise((a, b) -> not(less(b, a)))),
          entry("GreaterOrEqual", elementwise((a, b) -> not(less(a, b)))),
          entry("Not", (s, d) -> s.content(0).map(c -> map(c, ContentRules::not))),
          entry("And", elementwise(SizeExpr::times)),
          entry("ReduceProd", reduction(SizeExpr::times)),
          entry("ReduceSum", reduction(SizeExpr::plus)));

  private ContentRules() {}

  static Optional<ContentRule> of(OpId op) {
    return op.domain().isEmpty() ? Optional.ofNullable(TABLE.get(op.type())) : Optional.empty();
  }

  /** The value of a {@code Constant} node, if it is a tensor or number. */
  static Optional<Tensor> constantOf(Node node) {
    for (Map.Entry<String, Attribute> e : node.attributes().entrySet()) {
      if (e.getValue() instanceof Attribute.TensorValue v) {
        return Optional.of(v.value());
      }
      if (e.getValue() instanceof Attribute.IntValue v) {
        return Optional.of(Tensor.longs(List.of(), v.value()));
      }
      if (e.getValue() instanceof Attribute.FloatValue v) {
        return Optional.of(Tensor.scalar(ElementType.FLOAT, v.value()));
      }
      if (e.getValue() instanceof Attribute.IntList v) {
        return Optional.of(
            Tensor.longVector(v.values().stream().mapToLong(Long::longValue).toArray()));
      }
      if (e.getValue() instanceof Attribute.FloatList v) {
        float[] values = new float[v.values().size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = v.values().get(i);
        }
        return Optional.of(Tensor.floats(List.of((long) values.length), values));
      }
    }
    return Optional.empty();
  }

  private static Optional<Content> reshaped(ShapeScope s, List<Long> dims) {
    return s.content(0).map(c -> c.reshaped(dims));
  }

  private static Optional<Content> cast(ShapeScope s, List<Long> dims) {
    if (s.attribute("to", 0) != ElementType.BOOL.number()) {
      return reshaped(s, dims);
    }
    return s.content(0).map(c -> map(c, v -> not(equal(v, SizeExpr.of(0)))));
  }

  private static Optional<Content> shape(ShapeScope s, List<Long> dims) {
    int[] range = LayoutShapes.shapeRange(s);
    return Optional.of(
        Content.vector(s.sizes(0).list().subList(range[0], Math.max(range[0], range[1]))));
  }

  private static Optional<Content> gather(ShapeScope s, List<Long> dims) {
    Optional<Content> data = s.content(0);
    Optional<List<Long>> indices = s.constants(1);
    if (data.isEmpty() || indices.isEmpty() || data.get().dims().size() != 1) {
      return Optional.empty();
    }
    List<SizeExpr> from = data.get().elements();
    List<SizeExpr> out = new ArrayList<>();
    for (long index : indices.get()) {
      out.add(from.get(s.axis(index, from.size())));
    }
    return Optional.of(new Content(dims, out));
  }

  private static Optional<Content> slice(ShapeScope s, List<Long> dims) {
    Optional<Content> data = s.content(0);
    Optional<List<Long>> start = s.constants(1);
    Optional<List<Long>> end = s.constants(2);
    Optional<List<Long>> step = s.has(4) ? s.constants(4) : Optional.of(List.of(1L));
    if (data.isEmpty()
        || data.get().dims().size() != 1
        || start.isEmpty()
        || end.isEmpty()
        || step.isEmpty()) {
      return Optional.empty();
    }
    int size = data.get().elements().size();
    long by = step.get().get(0);
    long first = start.get().get(0) < 0 ? start.get().get(0) + size : start.get().get(0);
    first = Math.max(0, Math.min(by > 0 ? size : size - 1, first));
    List<SizeExpr> out = new ArrayList<>();
    for (long i = 0; i < dims.get(0); i++) {
      out.add(data.get().elements().get((int) (first + i * by)));
    }
    return Optional.of(new Content(dims, out));
  }

  private static Optional<Content> concat(ShapeScope s, List<Long> dims) {
    List<SizeExpr> all = new ArrayList<>();
    for (int i = 0; i < s.inputCount(); i++) {
      Optional<List<Long>> part = s.sizes(i).constants();
      if (dims.size() != 1 || part.isEmpty()) {
        return Optional.empty();
      }
      int count = part.get().get(0).intValue();
      all.addAll(
          s.content(i).map(Content::elements).orElse(Collections.nCopies(count, SizeExpr.UNKNOWN)));
    }
    return Optional.of(new Content(dims, all));
  }

  private static Optional<Content> expand(ShapeScope s, List<Long> dims) {
    return s.content(0).map(c -> Elements.of(dims, List.of(c), v -> v.get(0)));
  }

  private static Optional<Content> constantOfShape(ShapeScope s, List<Long> dims) {
    SizeExpr fill =
        s.node().attributes().get("value") instanceof Attribute.TensorValue v
            ? Content.of(v.value()).map(c -> c.elements().get(0)).orElse(SizeExpr.UNKNOWN)
            : SizeExpr.of(0);
    return Optional.of(Elements.of(dims, List.of(), v -> fill));
  }

  private static Optional<Content> range(ShapeScope s, List<Long> dims) {
    Optional<Content> start = s.content(0);
    Optional<Content> delta = s.content(2);
    if (start.isEmpty() || delta.isEmpty()) {
      return Optional.empty();
    }
    List<SizeExpr> out = new ArrayList<>();
    SizeExpr next = start.get().elements().get(0);
    for (long i = 0; i < dims.get(0); i++) {
      out.add(next);
      next = next.plus(delta.get().elements().get(0));
    }
    return Optional.of(new Content(dims, out));
  }

  private static Optional<Content> where(ShapeScope s, List<Long> dims) {
    Optional<Content> condition = s.content(0);
    Optional<Content> yes = s.content(1);
    Optional<Content> no = s.content(2);
    if (condition.isEmpty() || yes.isEmpty() || no.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        Elements.of(
            dims,
            List.of(condition.get(), yes.get(), no.get()),
            v -> {
              if (v.get(0).constant().isPresent()) {
                return v.get(0).is(0) ? v.get(2) : v.get(1);
              }
              return v.get(1).equals(v.get(2)) ? v.get(1) : SizeExpr.UNKNOWN;
            }));
  }

  private static ContentRule elementwise(BinaryOperator<SizeExpr> operator) {
    return (s, dims) -> {
      List<Content> inputs = new ArrayList<>();
      for (int i = 0; i < s.inputCount(); i++) {
        Optional<Content> content = s.content(i);
        if (content.isEmpty()) {
          return Optional.empty();
        }
        inputs.add(content.get());
      }
      return Optional.of(
          Elements.of(dims, inputs, v -> v.stream().reduce(operator).orElse(SizeExpr.UNKNOWN)));
    };
  }

  /**
   * Integers are divided towards zero, which for sizes is downwards; floats only if it comes out.
   */
  private static Optional<Content> divide(ShapeScope s, List<Long> dims) {
    boolean whole = s.elementType(0).filter(t -> !t.isFloatingPoint()).isPresent();
    return elementwise(
            (a, b) -> {
              boolean signsMatter = !(a.isNonNegative() && b.isNonNegative());
              return whole && !signsMatter
                  ? a.dividedDown(b)
                  : a.dividedExactly(b).orElse(SizeExpr.UNKNOWN);
            })
        .of(s, dims);
  }

  private static ContentRule reduction(BinaryOperator<SizeExpr> operator) {
    return (s, dims) ->
        s.content(0)
            .filter(c -> c.dims().size() == 1 && !c.elements().isEmpty())
            .filter(c -> dims.stream().allMatch(d -> d == 1))
            .map(c -> new Content(dims, List.of(c.elements().stream().reduce(operator).get())));
  }

  private static Content map(Content content, UnaryOperator<SizeExpr> f) {
    return new Content(content.dims(), content.elements().stream().map(f).toList());
  }

  private static SizeExpr max(SizeExpr a, SizeExpr b) {
    SizeExpr smaller = less(a, b);
    return smaller.is(1) ? b : smaller.is(0) ? a : SizeExpr.UNKNOWN;
  }

  private static SizeExpr min(SizeExpr a, SizeExpr b) {
    SizeExpr smaller = less(a, b);
    return smaller.is(1) ? a : smaller.is(0) ? b : SizeExpr.UNKNOWN;
  }

  /** Whether {@code a < b}: 1, 0, or unknown. Known where the difference has one sign. */
  private static SizeExpr less(SizeExpr a, SizeExpr b) {
    SizeExpr difference = a.minus(b);
    if (difference.isNonNegative()) {
      return SizeExpr.of(0);
    }
    SizeExpr gap = b.minus(a).minus(SizeExpr.of(1));
    return gap.isNonNegative() ? SizeExpr.of(1) : SizeExpr.UNKNOWN;
  }

  private static SizeExpr equal(SizeExpr a, SizeExpr b) {
    if (a.equals(b)) {
      return SizeExpr.of(1);
    }
    return less(a, b).is(1) || less(b, a).is(1) ? SizeExpr.of(0) : SizeExpr.UNKNOWN;
  }

  private static SizeExpr not(SizeExpr truth) {
    return truth.is(0) || truth.is(1) ? SizeExpr.of(truth.is(0) ? 1 : 0) : SizeExpr.UNKNOWN;
  }
}
