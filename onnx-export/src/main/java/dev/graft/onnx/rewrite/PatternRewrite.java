package dev.graft.onnx.rewrite;

import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Replaces every match of one pattern. Only the root of a match goes; what else made it up stays
 * until nobody reads it, so other readers of intermediate values are not disturbed.
 */
final class PatternRewrite implements Rewrite {
  private final PatternRule rule;

  PatternRewrite(PatternRule rule) {
    this.rule = rule;
  }

  @Override
  public String name() {
    return rule.name();
  }

  @Override
  public Applied apply(Graph graph) {
    GraphIndex index = new GraphIndex(graph);
    Matcher matcher = new Matcher(index);
    GraphBuilder builder = GraphBuilder.from(graph);
    List<Node> nodes = new ArrayList<>();
    int count = 0;
    for (Node node : graph.nodes()) {
      List<Node> replacement = replacement(index, matcher, builder, node);
      nodes.addAll(replacement.isEmpty() ? List.of(node) : replacement);
      count += replacement.isEmpty() ? 0 : 1;
    }
    return count == 0 ? new Applied(graph, 0) : new Applied(builder.nodes(nodes).build(), count);
  }

  /** The nodes to put in place of one; none if the pattern does not match there. */
  private List<Node> replacement(
      GraphIndex index, Matcher matcher, GraphBuilder builder, Node node) {
    boolean onlyFirst = node.outputs().stream().skip(1).allMatch(String::isEmpty);
    if (!onlyFirst) {
      return List.of();
    }
    for (Map<String, String> bindings : matcher.match(rule.pattern(), node.output(0))) {
      Match match = new Match(index, builder, node, bindings);
      if (rule.replacement().apply(match)) {
        return match.replacement();
      }
    }
    return List.of();
  }
}
