package dev.graft.onnx.check;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import dev.graft.onnx.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Checks one node against the signature of its operator. */
final class NodeChecker {
  private final Node node;
  private final Signature signature;
  private final Map<String, TensorType> types;
  private final List<String> problems;

  /** What type variables stand for in this node, and where that was seen first. */
  private final Map<String, Binding> bindings = new HashMap<>();

  private record Binding(ElementType type, String value) {}

  NodeChecker(
      Node node, Signature signature, Map<String, TensorType> types, List<String> problems) {
    this.node = node;
    this.signature = signature;
    this.types = types;
    this.problems = problems;
  }

  void check() {
    slots("input", node.inputs(), signature.inputs(), signature.variadicInputs());
    slots("output", node.outputs(), signature.outputs(), signature.variadicOutputs());
    for (String attribute : signature.requiredAttributes()) {
      if (!node.attributes().containsKey(attribute)) {
        report("has no attribute '%s'".formatted(attribute));
      }
    }
    if (signature.broadcasts()) {
      broadcast();
    }
    if (node.op().type().equals("MatMul")) {
      innerDimensions();
    }
  }

  private void slots(
      String kind, List<String> values, List<Signature.Slot> slots, boolean variadic) {
    if (values.size() > slots.size() && !variadic) {
      report("has %d %ss; expected at most %d".formatted(values.size(), kind, slots.size()));
      return;
    }
    for (int i = 0; i < Math.max(values.size(), slots.size()); i++) {
      Signature.Slot slot = slots.get(Math.min(i, slots.size() - 1));
      String value = i < values.size() ? values.get(i) : "";
      if (!value.isEmpty()) {
        type(value, slot);
      } else if (!slot.optional() && (kind.equals("input") || i == 0)) {
        report("lacks %s %d".formatted(kind, i));
      }
    }
  }

  private void type(String value, Signature.Slot slot) {
    TensorType known = types.get(value);
    if (known == null || known.elementType() == ElementType.UNDEFINED) {
      return;
    }
    ElementType found = known.elementType();
    if (!slot.isVariable()) {
      ElementType expected = ElementType.valueOf(slot.type().toUpperCase(Locale.ROOT));
      if (found != expected) {
        report("has '%s' of type %s; expected %s".formatted(value, found.text(), expected.text()));
      }
      return;
    }
    // Subgraphs and loops yield values of any types under one variadic slot.
    if (slot.type().equals("V") && node.is("If")) {
      return;
    }
    Binding bound = bindings.putIfAbsent(slot.type(), new Binding(found, value));
    if (bound != null && bound.type() != found) {
      report(
          "has '%s' of type %s and '%s' of type %s; expected one type"
              .formatted(bound.value(), bound.type().text(), value, found.text()));
    }
  }

  private void broadcast() {
    List<Shape> shapes = new ArrayList<>();
    node.inputs().forEach(i -> shape(i).ifPresent(shapes::add));
    if (!TypeAgreement.canBroadcast(shapes)) {
      report("cannot broadcast shapes %s".formatted(shapes));
    }
  }

  private void innerDimensions() {
    Optional<Shape> a = shape(node.input(0));
    Optional<Shape> b = shape(node.input(1));
    if (a.isEmpty() || b.isEmpty() || a.get().rank() == 0 || b.get().rank() == 0) {
      return;
    }
    int row = b.get().rank() == 1 ? -1 : -2;
    if (!TypeAgreement.agree(a.get().dim(-1), b.get().dim(row))) {
      report("cannot multiply shapes %s and %s".formatted(a.get(), b.get()));
    }
  }

  private Optional<Shape> shape(String value) {
    return Optional.ofNullable(types.get(value)).flatMap(TensorType::shape);
  }

  private void report(String problem) {
    problems.add("%s %s".formatted(node.describe(), problem));
  }
}
