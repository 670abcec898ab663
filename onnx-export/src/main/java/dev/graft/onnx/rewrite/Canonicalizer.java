package dev.graft.onnx.rewrite;

import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.shape.ShapeInference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Applies rewrites in rounds until none of them finds anything. */
public final class Canonicalizer {
  /** Every round that changes something removes or fuses nodes; real models need three or four. */
  private static final int MAX_ROUNDS = 50;

  private final List<Rewrite> rewrites;

  private Canonicalizer(List<Rewrite> rewrites) {
    this.rewrites = List.copyOf(rewrites);
  }

  /** The rewrites that training and inference graphs start from. */
  public static Canonicalizer standard() {
    List<Rewrite> all = new ArrayList<>();
    all.add(new ConstantNodes());
    all.add(new ConstantFolding());
    all.add(new NoOps());
    all.add(new CommonNodes());
    all.add(new KnownReshapes());
    StandardPatterns.all().forEach(rule -> all.add(new PatternRewrite(rule)));
    return new Canonicalizer(all);
  }

  static Canonicalizer of(Rewrite... rewrites) {
    return new Canonicalizer(List.of(rewrites));
  }

  /** The names of the rewrites, in the order in which they are tried. */
  public List<String> names() {
    return rewrites.stream().map(Rewrite::name).toList();
  }

  /**
   * Rewrites a graph. The result has the types of all values and no dead nodes.
   *
   * @throws dev.graft.onnx.shape.ShapeConflictException if shapes in the graph cannot fit together
   */
  public Result apply(Graph graph) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    rewrites.forEach(r -> counts.put(r.name(), 0));
    Graph current = ShapeInference.infer(GraphOrder.removeDeadCode(graph));
    for (int round = 0; round < MAX_ROUNDS; round++) {
      int before = total(counts);
      for (Rewrite rewrite : rewrites) {
        Rewrite.Applied applied = rewrite.apply(current);
        if (applied.count() > 0) {
          counts.merge(rewrite.name(), applied.count(), Integer::sum);
          current = ShapeInference.infer(GraphOrder.removeDeadCode(applied.graph()));
        }
      }
      if (total(counts) == before) {
        break;
      }
    }
    List<MatchCount> list = new ArrayList<>();
    counts.forEach((name, count) -> list.add(new MatchCount(name, count)));
    return new Result(current, list);
  }

  private static int total(Map<String, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  /**
   * A canonical graph.
   *
   * @param counts one entry per rewrite, in the order in which they are tried; 0 where it found
   *     nothing
   */
  public record Result(Graph graph, List<MatchCount> counts) {
    public Result {
      counts = List.copyOf(counts);
    }

    /** The counts by name, those of rewrites that found nothing included. */
    public Map<String, Integer> countsByPattern() {
      Map<String, Integer> byName = new LinkedHashMap<>();
      counts.forEach(c -> byName.put(c.pattern(), c.count()));
      return byName;
    }
  }
}
