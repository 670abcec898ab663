package dev.graft.module;

import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.Node;
import java.util.Optional;
import java.util.Set;

/**
 * Names linear modules as PyTorch does.
 *
 * <p>Exporters leave the name in different places: in the weight's name ({@code a.b.query.weight}),
 * in the bias's name where the weight was transposed into a nameless constant, or in the node's
 * name ({@code /a/b/query/MatMul}). They are asked in this order.
 */
final class ModulePaths {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";
  private static final Set<String> LINEAR_OPS = Set.of("MatMul", "Gemm", "FusedMatMul");

  private ModulePaths() {}

  static String of(GraphIndex index, Node node) {
    return fromWeight(index, node.input(1))
        .or(() -> fromBias(index, node))
        .or(() -> fromNode(node.name()))
        .orElseGet(() -> plain(node.input(1)));
  }

  /** A weight that is an embedding table too has the embedding's name, not the module's. */
  private static Optional<String> fromWeight(GraphIndex index, String weight) {
    boolean isTable = index.consumers(weight).stream().anyMatch(n -> n.is("Gather"));
    return weight.endsWith(WEIGHT) && !isTable
        ? Optional.of(cut(weight, WEIGHT))
        : Optional.empty();
  }

  /** The bias is an input of the product itself or of the one Add that reads it. */
  private static Optional<String> fromBias(GraphIndex index, Node node) {
    if (node.input(2).endsWith(BIAS)) {
      return Optional.of(cut(node.input(2), BIAS));
    }
    return index.consumers(node.output(0)).stream()
        .filter(n -> n.is("Add"))
        .flatMap(n -> n.inputs().stream())
        .filter(in -> in.endsWith(BIAS) && index.graph().initializers().containsKey(in))
        .findFirst()
        .map(in -> cut(in, BIAS));
  }

  private static Optional<String> fromNode(String name) {
    if (!name.startsWith("/")) {
      return Optional.empty();
    }
    int slash = name.lastIndexOf('/');
    String last = name.substring(slash + 1);
    String op = last.replaceFirst("_\\d+$", "");
    if (slash <= 0 || !LINEAR_OPS.contains(op)) {
      return Optional.empty();
    }
    return Optional.of(plain(name.substring(1, slash)));
  }

  private static String plain(String name) {
    return name.replace('/', '.').replaceAll("^\\.+", "");
  }

  private static String cut(String name, String suffix) {
    return name.substring(0, name.length() - suffix.length());
  }
}
