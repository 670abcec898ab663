package dev.graft.module;

import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds the linear modules of a graph. */
public final class LinearModules {
  private static final OpId FUSED_MAT_MUL = OpId.microsoft("FusedMatMul");

  private LinearModules() {}

  /**
   * The linear modules in graph order. Their paths are unique: where two products have the name of
   * one module, as when one layer is applied twice, the later ones get a number.
   */
  public static List<LinearModule> find(Graph graph) {
    GraphIndex index = new GraphIndex(graph);
    Map<String, Integer> seen = new HashMap<>();
    List<LinearModule> modules = new ArrayList<>();
    for (Node node : graph.nodes()) {
      Tensor weight = graph.initializers().get(node.input(1));
      Optional<LinearModule.Layout> layout = layout(node);
      if (weight == null
          || layout.isEmpty()
          || weight.dims().size() != 2
          || !weight.elementType().isFloatingPoint()
          || graph.initializers().containsKey(node.input(0))) {
        continue;
      }
      boolean inFirst = layout.get() == LinearModule.Layout.IN_OUT;
      String path = ModulePaths.of(index, node);
      int count = seen.merge(path, 1, Integer::sum);
      modules.add(
          new LinearModule(
              count == 1 ? path : path + "." + count,
              node.input(1),
              layout.get(),
              node.input(0),
              node.output(0),
              weight.dims().get(inFirst ? 0 : 1),
              weight.dims().get(inFirst ? 1 : 0)));
    }
    return modules;
  }

  private static Optional<LinearModule.Layout> layout(Node node) {
    // A product that is scaled is no y = x W: an update of W would be scaled with it.
    boolean plain =
        node.intAttribute("transA", 0) == 0
            && node.intAttribute("transBatchA", 0) == 0
            && node.intAttribute("transBatchB", 0) == 0
            && node.floatAttribute("alpha", 1f) == 1f;
    if (node.is("MatMul")) {
      return Optional.of(LinearModule.Layout.IN_OUT);
    }
    if (plain && (node.is("Gemm") || node.op().equals(FUSED_MAT_MUL))) {
      return Optional.of(
          node.intAttribute("transB", 0) == 0
              ? LinearModule.Layout.IN_OUT
              : LinearModule.Layout.OUT_IN);
    }
    return Optional.empty();
  }
}
