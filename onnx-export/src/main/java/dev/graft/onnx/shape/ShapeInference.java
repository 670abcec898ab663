package dev.graft.onnx.shape;

import dev.graft.onnx.Graph;
import dev.graft.onnx.Node;
import dev.graft.onnx.Tensor;
import java.util.Map;
import java.util.Optional;

/**
 * Fills in the types of all values that nodes produce.
 *
 * <p>Sizes come out as fixed numbers where they are, else as {@link dev.graft.onnx.Dim.Symbol}s
 * whose name is arithmetic over the names of the inputs' dimensions, such as {@code batch*sequence}
 * or {@code min(512, sequence)}; equal names mean equal sizes. A size that is no such arithmetic is
 * a symbol of its own, named after its value and axis ({@code NonZero_3.d1}). Dimensions of inputs
 * that have no name get one in the same way. Sizes of inputs are taken to be at least 1.
 *
 * <p>What the file says about a value counts where the rules know less; a value of which nothing is
 * known has no entry. Values inside of subgraphs are not typed. The result of a division of sizes
 * assumes what the run itself needs: that a {@code Reshape} with -1 comes out even.
 */
public final class ShapeInference {
  private ShapeInference() {}

  /**
   * Returns the graph with {@link Graph#valueTypes()} for the output of every node whose operator
   * is in the table, as far as known.
   *
   * @throws ShapeConflictException if a node's inputs cannot fit together, or if what follows from
   *     them contradicts what the graph declares
   */
  public static Graph infer(Graph graph) {
    return new InferenceRun(graph).typed();
  }

  /**
   * Returns the small tensors of whole numbers that nodes compute from sizes and constants alone,
   * by value name; what {@code Constant} nodes hold is among them.
   */
  public static Map<String, Tensor> knownIntegers(Graph graph) {
    return new InferenceRun(graph).knownIntegers();
  }

  /** The value of a {@code Constant} node, if it is a tensor, a number or a list of numbers. */
  public static Optional<Tensor> constantOf(Node node) {
    return ContentRules.constantOf(node);
  }
}
