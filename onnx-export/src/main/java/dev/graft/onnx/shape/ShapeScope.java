package dev.graft.onnx.shape;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What a rule sees of a node: its attributes and what is known about its inputs. */
final class ShapeScope {
  private final Node node;
  private final Function<String, Facts> facts;
  private final SizeContext context;

  ShapeScope(Node node, Function<String, Facts> facts, SizeContext context) {
    this.node = node;
    this.facts = facts;
    this.context = context;
  }

  Node node() {
    return node;
  }

  SizeContext context() {
    return context;
  }

  boolean has(int i) {
    return node.hasInput(i);
  }

  int inputCount() {
    return node.inputs().size();
  }

  Optional<ElementType> elementType(int i) {
    return facts.apply(node.input(i)).elementType();
  }

  /** Whether the ranks of all present inputs are known. */
  boolean knowsAllRanks() {
    return node.inputs().stream()
        .allMatch(in -> in.isEmpty() || facts.apply(in).sizes().isPresent());
  }

  /** The sizes of a present input. */
  Sizes sizes(int i) {
    return facts
        .apply(node.input(i))
        .sizes()
        .orElseThrow(() -> conflict("input %d is missing".formatted(i)));
  }

  Optional<Sizes> knownSizes(int i) {
    return facts.apply(node.input(i)).sizes();
  }

  Optional<Content> content(int i) {
    return facts.apply(node.input(i)).content();
  }

  /** The numbers inside an input, if all are constant. */
  Optional<List<Long>> constants(int i) {
    return content(i).flatMap(Content::constants);
  }

  long attribute(String name, long fallback) {
    return node.intAttribute(name, fallback);
  }

  Optional<List<Long>> attributes(String name) {
    return node.intsAttribute(name);
  }

  /** A size about which nothing else is known; the same one whenever it is asked for. */
  SizeExpr fresh(int output, int axis) {
    return SizeExpr.atom("%s.d%d".formatted(node.output(output), axis));
  }

  /** Maps a possibly negative axis into {@code 0 .. rank-1}. */
  int axis(long axis, int rank) {
    long normal = axis < 0 ? axis + rank : axis;
    if (normal < 0 || normal >= rank) {
      throw conflict("axis %d is outside of rank %d".formatted(axis, rank));
    }
    return (int) normal;
  }

  /** All present inputs broadcast together, from input {@code first} on. */
  Sizes broadcastAll(int first) {
    Sizes result = Sizes.SCALAR;
    for (int i = first; i < inputCount(); i++) {
      if (has(i)) {
        result = broadcast(result, sizes(i));
      }
    }
    return result;
  }

  /** Two shapes broadcast together by the multidirectional rule of ONNX. */
  Sizes broadcast(Sizes a, Sizes b) {
    int rank = Math.max(a.rank(), b.rank());
    List<SizeExpr> result = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      int fromA = axis - rank + a.rank();
      int fromB = axis - rank + b.rank();
      if (fromA < 0 || fromB < 0) {
        result.add(fromA < 0 ? b.get(fromB) : a.get(fromA));
      } else {
        result.add(broadcast(a, b, a.get(fromA), b.get(fromB), axis));
      }
    }
    return new Sizes(result);
  }

  private SizeExpr broadcast(Sizes a, Sizes b, SizeExpr left, SizeExpr right, int axis) {
    if (left.equals(right) || right.is(1)) {
      return left;
    }
    if (left.is(1)) {
      return right;
    }
    boolean leftFixed = left.constant().isPresent();
    boolean rightFixed = right.constant().isPresent();
    if (leftFixed && rightFixed) {
      throw conflict("shapes %s and %s do not broadcast at axis %d".formatted(a, b, axis));
    }
    if (leftFixed || rightFixed) {
      return leftFixed ? left : right;
    }
    // Where a minimum is not its second argument, the two sizes differ and the run fails anyway.
    if (context.withoutMinima(left).equals(right)) {
      return right;
    }
    return left.equals(context.withoutMinima(right)) ? left : fresh(0, axis);
  }

  /** Fails if two sizes that must agree certainly differ. */
  void requireEqual(SizeExpr a, SizeExpr b, String what) {
    if (a.constant().isPresent() && b.constant().isPresent() && !a.equals(b)) {
      throw conflict("%s differ: %s and %s".formatted(what, a, b));
    }
  }

  ShapeConflictException conflict(String problem) {
    return new ShapeConflictException(node, problem);
  }
}
