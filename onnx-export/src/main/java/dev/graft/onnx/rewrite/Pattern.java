package dev.graft.onnx.rewrite;

import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import java.util.List;
import java.util.function.Predicate;

/**
 * What a value must be made of. A name that occurs twice in a pattern stands for one value.
 *
 * <p>Commutative operators match their two inputs in either order.
 */
sealed interface Pattern {

  /** Any value. */
  record Any(String name) implements Pattern {}

  /** A constant tensor. */
  record Constant(String name) implements Pattern {}

  /** A constant with one element. */
  record Scalar(String name) implements Pattern {}

  /** A constant with one element near a number. */
  record Near(double value) implements Pattern {}

  /** The first output of one of some operators with exactly these inputs. */
  record Apply(String name, List<OpId> ops, Predicate<Node> condition, List<Pattern> inputs)
      implements Pattern {

    /** Requires an attribute, of which {@code ifAbsent} is the default. */
    Apply with(String attribute, long value, long ifAbsent) {
      return new Apply(
          name, ops, condition.and(n -> n.intAttribute(attribute, ifAbsent) == value), inputs);
    }

    /** Binds the value under a name, by which a replacement finds the node. */
    Apply as(String newName) {
      return new Apply(newName, ops, condition, inputs);
    }
  }

  /** Any of some patterns. */
  record OneOf(List<Pattern> options) implements Pattern {}

  static Pattern any(String name) {
    return new Any(name);
  }

  static Pattern constant(String name) {
    return new Constant(name);
  }

  static Pattern scalar(String name) {
    return new Scalar(name);
  }

  static Pattern number(double value) {
    return new Near(value);
  }

  /** A standard operator. */
  static Apply op(String type, Pattern... inputs) {
    return new Apply("", List.of(OpId.onnx(type)), n -> true, List.of(inputs));
  }

  static Apply microsoft(String type, Pattern... inputs) {
    return new Apply("", List.of(OpId.microsoft(type)), n -> true, List.of(inputs));
  }

  static Pattern oneOf(Pattern... options) {
    return new OneOf(List.of(options));
  }

  static Pattern add(Pattern a, Pattern b) {
    return op("Add", a, b);
  }

  static Pattern mul(Pattern a, Pattern b) {
    return op("Mul", a, b);
  }

  static Pattern div(Pattern a, Pattern b) {
    return op("Div", a, b);
  }

  /** A product of three factors in any order and grouping. */
  static Pattern mul(Pattern a, Pattern b, Pattern c) {
    return oneOf(mul(mul(a, b), c), mul(mul(a, c), b), mul(a, mul(b, c)));
  }

  /** A multiple by a number, written as a product or a quotient. */
  static Pattern times(Pattern a, double factor) {
    return oneOf(mul(a, number(factor)), div(a, number(1 / factor)));
  }

  static Pattern square(Pattern a) {
    return oneOf(op("Pow", a, number(2)), mul(a, a));
  }
}
