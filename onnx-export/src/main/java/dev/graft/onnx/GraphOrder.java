package dev.graft.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/** Orders nodes and removes those whose results nobody reads. */
public final class GraphOrder {
  private GraphOrder() {}

  /**
   * Sorts nodes so that definitions precede uses, staying as close as possible to the given order.
   *
   * @throws IllegalArgumentException if the nodes form a cycle
   */
  public static List<Node> sort(List<Node> nodes) {
    Map<String, Integer> producer = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      for (String output : nodes.get(i).outputs()) {
        producer.put(output, i);
      }
    }
    List<List<Integer>> followers = new ArrayList<>();
    int[] missing = new int[nodes.size()];
    for (int i = 0; i < nodes.size(); i++) {
      followers.add(new ArrayList<>());
    }
    for (int i = 0; i < nodes.size(); i++) {
      for (String input : reads(nodes.get(i))) {
        Integer from = input.isEmpty() ? null : producer.get(input);
        if (from != null) {
          followers.get(from).add(i);
          missing[i]++;
        }
      }
    }
    PriorityQueue<Integer> ready = new PriorityQueue<>();
    for (int i = 0; i < missing.length; i++) {
      if (missing[i] == 0) {
        ready.add(i);
      }
    }
    List<Node> sorted = new ArrayList<>(nodes.size());
    while (!ready.isEmpty()) {
      int next = ready.remove();
      sorted.add(nodes.get(next));
      for (int follower : followers.get(next)) {
        if (--missing[follower] == 0) {
          ready.add(follower);
        }
      }
    }
    if (sorted.size() < nodes.size()) {
      throw new IllegalArgumentException(
          "the graph has a cycle through %s".formatted(firstUnsorted(nodes, missing).describe()));
    }
    return sorted;
  }

  private static Node firstUnsorted(List<Node> nodes, int[] missing) {
    for (int i = 0; i < missing.length; i++) {
      if (missing[i] > 0) {
        return nodes.get(i);
      }
    }
    throw new IllegalStateException("every node was sorted");
  }

  /** The values a node reads, those that its subgraphs take from the outside included. */
  public static Set<String> reads(Node node) {
    Set<String> reads = new HashSet<>(node.inputs());
    for (Attribute attribute : node.attributes().values()) {
      if (attribute instanceof Attribute.GraphValue g) {
        reads.addAll(outerReads(g.value()));
      }
    }
    return reads;
  }

  private static Set<String> outerReads(Graph subgraph) {
    Set<String> reads = new HashSet<>(subgraph.outputNames());
    Set<String> own = new HashSet<>(subgraph.inputNames());
    own.addAll(subgraph.initializers().keySet());
    for (Node node : subgraph.nodes()) {
      reads.addAll(reads(node));
      own.addAll(node.outputs());
    }
    reads.removeAll(own);
    return reads;
  }

  /** Removes nodes and initializers that no graph output depends on, and types of gone values. */
  public static Graph removeDeadCode(Graph graph) {
    Set<String> live = new HashSet<>(graph.outputNames());
    List<Node> kept = new ArrayList<>();
    List<Node> sorted = sort(graph.nodes());
    for (int i = sorted.size() - 1; i >= 0; i--) {
      Node node = sorted.get(i);
      if (node.outputs().stream().anyMatch(live::contains)) {
        kept.add(node);
        live.addAll(reads(node));
      }
    }
    java.util.Collections.reverse(kept);
    var initializers = new java.util.LinkedHashMap<>(graph.initializers());
    initializers.keySet().retainAll(live);
    Set<String> known = new HashSet<>();
    kept.forEach(n -> known.addAll(n.outputs()));
    var types = new java.util.LinkedHashMap<>(graph.valueTypes());
    types.keySet().retainAll(known);
    return graph.withNodes(kept).withInitializers(initializers).withValueTypes(types);
  }
}
