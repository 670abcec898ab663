package dev.graft.autodiff;

import dev.graft.onnx.Graph;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which nodes between the trainable values and the loss have no gradient rule.
 *
 * @param gaps every such node, in graph order
 */
public record Coverage(List<Gap> gaps) {

  /**
   * A node without a gradient.
   *
   * @param reason why its operator is refused; empty where there simply is no rule
   */
  public record Gap(Node node, String reason) {}

  public Coverage {
    gaps = List.copyOf(gaps);
  }

  /** Looks at every node on the way from {@code trainable} values to the scalar {@code loss}. */
  public static Coverage of(Graph graph, String loss, List<String> trainable) {
    return of(graph, Set.of(loss), trainable, GradientRules.standard());
  }

  static Coverage of(Graph graph, Set<String> from, List<String> trainable, GradientRules rules) {
    List<Gap> gaps = new ArrayList<>();
    for (Node node : GradientPath.of(graph, from, trainable, rules).nodes()) {
      GradientRules.Entry entry = rules.find(node.op());
      if (entry == null) {
        gaps.add(new Gap(node, ""));
      } else if (entry instanceof GradientRules.Refuse refuse) {
        gaps.add(new Gap(node, refuse.reason()));
      }
    }
    return new Coverage(gaps);
  }

  public boolean isComplete() {
    return gaps.isEmpty();
  }

  /**
   * One sentence per operator without a rule: how many nodes, the first of them, and the remedy.
   */
  public String describe() {
    Map<OpId, List<Gap>> byOperator = new LinkedHashMap<>();
    gaps.forEach(g -> byOperator.computeIfAbsent(g.node().op(), k -> new ArrayList<>()).add(g));
    List<String> lines = new ArrayList<>();
    for (List<Gap> same : byOperator.values()) {
      Gap first = same.get(0);
      String others = same.size() == 1 ? "" : " and %d more nodes".formatted(same.size() - 1);
      lines.add(
          first.reason().isEmpty()
              ? "no gradient rule for operator %s%s"
                  .formatted(MissingGradientException.where(first.node()), others)
              : "no gradient for operator %s%s: %s"
                  .formatted(MissingGradientException.where(first.node()), others, first.reason()));
    }
    return String.join("; ", lines) + "; " + MissingGradientException.REMEDY;
  }
}
