package dev.graft.onnx.rewrite;

import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Node;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
    if (count == 0) {
      return new Applied(graph, 0);
    }
    Graph alive = GraphOrder.removeDeadCode(builder.nodes(nodes).build());
    return new Applied(alive.withNodes(withUniqueNames(alive.nodes())), count);
  }

  /**
   * A replacement may carry on the name of a node inside the match, by which modules are known. The
   * first node of a name keeps it; another exists only where the old one has other readers.
   */
  private static List<Node> withUniqueNames(List<Node> nodes) {
    Set<String> taken = new HashSet<>();
    nodes.forEach(n -> taken.add(n.name()));
    Set<String> used = new HashSet<>();
    List<Node> result = new ArrayList<>();
    for (Node node : nodes) {
      String name = node.name();
      for (int i = 1; !name.isEmpty() && !used.add(name); i++) {
        String candidate = "%s_%d".formatted(node.name(), i);
        name = taken.contains(candidate) ? node.name() : candidate;
      }
      result.add(
          name.equals(node.name())
              ? node
              : new Node(
                  name,
                  node.op(),
                  node.inputs(),
                  node.outputs(),
                  node.attributes(),
                  node.extras()));
    }
    return result;
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
