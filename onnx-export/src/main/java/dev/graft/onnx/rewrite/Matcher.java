package dev.graft.onnx.rewrite;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.Node;
import dev.graft.onnx.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds all ways in which a value is made as a pattern says. */
final class Matcher {
  private static final Set<String> COMMUTATIVE = Set.of("Add", "Mul", "And", "Or", "Max", "Min");

  /** Constants are written from doubles or floats, with about seven digits or fewer. */
  private static final double TOLERANCE = 1e-5;

  private static final double HALF_TOLERANCE = 1e-3;

  private final GraphIndex index;

  Matcher(GraphIndex index) {
    this.index = index;
  }

  /** The bindings of names to values under which a value matches. */
  List<Map<String, String>> match(Pattern pattern, String value) {
    return match(pattern, value, Map.of());
  }

  private List<Map<String, String>> match(
      Pattern pattern, String value, Map<String, String> bound) {
    if (pattern instanceof Pattern.Any p) {
      return bind(p.name(), value, bound);
    }
    if (pattern instanceof Pattern.Constant p) {
      boolean constant = Values.constant(index, value).isPresent();
      return constant ? bind(p.name(), value, bound) : List.of();
    }
    if (pattern instanceof Pattern.Scalar p) {
      boolean scalar = Values.number(index, value).isPresent();
      return scalar ? bind(p.name(), value, bound) : List.of();
    }
    if (pattern instanceof Pattern.Near p) {
      return isNear(value, p.value()) ? List.of(bound) : List.of();
    }
    if (pattern instanceof Pattern.OneOf p) {
      List<Map<String, String>> found = new ArrayList<>();
      p.options().forEach(option -> found.addAll(match(option, value, bound)));
      return found;
    }
    return matchNode((Pattern.Apply) pattern, value, bound);
  }

  private List<Map<String, String>> matchNode(
      Pattern.Apply pattern, String value, Map<String, String> bound) {
    Optional<Node> producer = index.producer(value);
    if (producer.isEmpty() || !fits(pattern, producer.get(), value)) {
      return List.of();
    }
    Node node = producer.get();
    List<Map<String, String>> named = bind(pattern.name(), value, bound);
    if (named.isEmpty()) {
      return List.of();
    }
    List<Map<String, String>> found =
        new ArrayList<>(matchInputs(pattern.inputs(), node.inputs(), named.get(0)));
    if (pattern.inputs().size() == 2 && COMMUTATIVE.contains(node.op().type())) {
      List<String> swapped = List.of(node.input(1), node.input(0));
      found.addAll(matchInputs(pattern.inputs(), swapped, named.get(0)));
    }
    return found;
  }

  private static boolean fits(Pattern.Apply pattern, Node node, String value) {
    return pattern.ops().contains(node.op())
        && node.output(0).equals(value)
        && node.inputs().size() == pattern.inputs().size()
        && pattern.condition().test(node);
  }

  private List<Map<String, String>> matchInputs(
      List<Pattern> patterns, List<String> values, Map<String, String> bound) {
    List<Map<String, String>> partial = List.of(bound);
    for (int i = 0; i < patterns.size(); i++) {
      List<Map<String, String>> next = new ArrayList<>();
      for (Map<String, String> one : partial) {
        next.addAll(match(patterns.get(i), values.get(i), one));
      }
      partial = next;
    }
    return partial;
  }

  private static List<Map<String, String>> bind(
      String name, String value, Map<String, String> bound) {
    if (name.isEmpty()) {
      return List.of(bound);
    }
    String known = bound.get(name);
    if (known != null) {
      return known.equals(value) ? List.of(bound) : List.of();
    }
    Map<String, String> more = new HashMap<>(bound);
    more.put(name, value);
    return List.of(more);
  }

  private boolean isNear(String value, double wanted) {
    Optional<Double> found = Values.number(index, value);
    if (found.isEmpty()) {
      return false;
    }
    ElementType type =
        Values.constant(index, value).map(Tensor::elementType).orElse(ElementType.FLOAT);
    boolean half = type == ElementType.FLOAT16 || type == ElementType.BFLOAT16;
    double tolerance = half ? HALF_TOLERANCE : TOLERANCE;
    return Math.abs(found.get() - wanted) <= tolerance * Math.abs(wanted);
  }
}
