package dev.graft.onnx.opset;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Model;
import dev.graft.onnx.Node;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.UnsupportedModelException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Converts models of older operator sets upwards. Operators of other domains stay as they are, as
 * do standard operators whose later versions only added types or attributes with neutral defaults.
 */
public final class OpsetConversion {
  private OpsetConversion() {}

  /**
   * Converts a model from opset {@link Model#MIN_OPSET} to {@link Model#OPSET}, subgraphs included.
   * A model that is there already is returned as it is.
   *
   * @throws UnsupportedModelException if the model's opset is older or newer, or a node uses what
   *     later opsets cannot express
   */
  public static Model toTarget(Model model) {
    long from = model.opset();
    if (from < Model.MIN_OPSET || from > Model.OPSET) {
      throw new UnsupportedModelException(
          "model '%s' uses opset %d; expected %d to %d; export it again with one of these, 17 is widely available"
              .formatted(model.graph().name(), from, Model.MIN_OPSET, Model.OPSET));
    }
    if (from == Model.OPSET) {
      return model;
    }
    Set<String> names = new HashSet<>();
    collectNames(model.graph(), names);
    Graph converted = convert(model.graph(), from, new Ranks(model.graph()), names);
    Map<String, Long> opsets = new LinkedHashMap<>(model.opsets());
    opsets.put("", Model.OPSET);
    return model
        .withGraph(converted)
        .withOpsets(Math.max(model.irVersion(), Model.IR_VERSION), opsets);
  }

  private static Graph convert(Graph graph, long from, Ranks ranks, Set<String> names) {
    List<Node> nodes = new ArrayList<>();
    Map<String, Tensor> constants = new LinkedHashMap<>(graph.initializers());
    for (Node node : graph.nodes()) {
      LiftScope scope = new LiftScope(convertSubgraphs(node, from, ranks, names), ranks, names);
      for (Lift.Versioned lift : OpsetLifts.of(node.op())) {
        if (from < lift.version()) {
          lift.lift().apply(scope);
        }
      }
      nodes.addAll(scope.nodes());
      constants.putAll(scope.constants());
    }
    return graph.withNodes(nodes).withInitializers(constants);
  }

  private static Node convertSubgraphs(Node node, long from, Ranks outer, Set<String> names) {
    if (node.attributes().values().stream().noneMatch(a -> a instanceof Attribute.GraphValue)) {
      return node;
    }
    Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
    attributes.replaceAll(
        (name, attribute) ->
            attribute instanceof Attribute.GraphValue g
                ? new Attribute.GraphValue(convert(g.value(), from, outer.inside(g.value()), names))
                : attribute);
    return node.withAttributes(attributes);
  }

  private static void collectNames(Graph graph, Set<String> names) {
    names.addAll(graph.inputNames());
    names.addAll(graph.initializers().keySet());
    for (Node node : graph.nodes()) {
      names.addAll(node.outputs());
      for (Attribute attribute : node.attributes().values()) {
        if (attribute instanceof Attribute.GraphValue g) {
          collectNames(g.value(), names);
        }
      }
    }
  }
}
