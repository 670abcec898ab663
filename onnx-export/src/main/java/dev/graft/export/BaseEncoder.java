package dev.graft.export;

import dev.graft.inject.Pooling;
import dev.graft.module.EncoderSignature;
import dev.graft.module.LinearModule;
import dev.graft.module.LinearModules;
import dev.graft.onnx.Dim;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Model;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.Value;
import dev.graft.onnx.opset.OpsetConversion;
import dev.graft.onnx.rewrite.Canonicalizer;
import dev.graft.onnx.shape.ShapeInference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A text encoder made ready for adapters: in Graft's opset, canonical, typed, its inputs {@code
 * [batch, tokens]}.
 *
 * @param patterns how often each canonicalisation pattern matched
 */
public record BaseEncoder(
    Graph graph,
    EncoderSignature signature,
    List<LinearModule> modules,
    Map<String, Integer> patterns)
    implements BaseModel {

  private static final int LARGEST_SANE_LENGTH = 1 << 20;

  /**
   * Prepares an encoder for a way of pooling; what that does not need leaves the graph.
   *
   * @throws IllegalArgumentException if the graph is no text encoder, or has no pooled output and
   *     {@link Pooling#POOLER} is asked for
   */
  public static BaseEncoder of(Model model, Pooling pooling) {
    Graph graph = OpsetConversion.toTarget(model).graph();
    EncoderSignature found = EncoderSignature.of(graph);
    Graph named =
        GraphOrder.removeDeadCode(withNamedInputs(restricted(graph, found, pooling), found));
    Canonicalizer.Result canonical = Canonicalizer.standard().apply(named);
    Graph typed = ShapeInference.infer(canonical.graph());
    return new BaseEncoder(
        typed, EncoderSignature.of(typed), LinearModules.find(typed), canonical.countsByPattern());
  }

  /** Keeps the outputs that the pooling reads. */
  private static Graph restricted(Graph graph, EncoderSignature signature, Pooling pooling) {
    Set<String> needed = new HashSet<>(Set.of(signature.hiddenState()));
    if (pooling == Pooling.POOLER) {
      needed.add(
          signature
              .pooledOutput()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "pooling 'pooler' needs a base model with a pooled output [batch, hidden], and this one has none; use 'mean' or 'cls'")));
    }
    return graph.withOutputs(
        graph.outputs().stream().filter(v -> needed.contains(v.name())).toList());
  }

  @Override
  public List<String> inputs() {
    return signature.inputs();
  }

  /** The identity of the base, which does not depend on the pooling. */
  @Override
  public String digest() {
    Graph encoder =
        GraphOrder.removeDeadCode(
            graph.withOutputs(
                graph.outputs().stream()
                    .filter(v -> v.name().equals(signature.hiddenState()))
                    .toList()));
    return BaseDigest.of(encoder, LinearModules.find(encoder));
  }

  /** Gives every base input the shape {@code [batch, tokens]}; other types are inferred anew. */
  private static Graph withNamedInputs(Graph graph, EncoderSignature signature) {
    List<Value> inputs = new ArrayList<>();
    for (Value input : graph.inputs()) {
      if (signature.inputs().contains(input.name())) {
        Shape shape = Shape.of("batch", "tokens");
        inputs.add(new Value(input.name(), TensorType.of(input.type().elementType(), shape)));
      }
    }
    return graph.withInputs(inputs).withValueTypes(Map.of());
  }

  /** The number of positions the model has embeddings for, if it has a table of them. */
  @Override
  public OptionalInt positions() {
    GraphIndex index = new GraphIndex(graph);
    for (Node node : graph.nodes()) {
      if (!node.is("Gather")) {
        continue;
      }
      Tensor table = graph.initializers().get(node.input(0));
      boolean isWords = signature.inputs().contains(node.input(1));
      if (table == null || isWords || table.dims().size() != 2) {
        continue;
      }
      boolean byPosition =
          node.input(0).contains("position")
              || index.consumers(node.input(0)).stream()
                  .anyMatch(n -> n.name().contains("position"));
      long rows = table.dims().get(0);
      if (byPosition && rows <= LARGEST_SANE_LENGTH) {
        return OptionalInt.of((int) rows);
      }
    }
    return OptionalInt.empty();
  }

  @Override
  public long hiddenSize() {
    return graph
        .shapeOf(signature.hiddenState())
        .map(s -> s.dim(-1))
        .map(d -> d instanceof Dim.Fixed f ? f.size() : -1L)
        .filter(size -> size > 0)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the size of the hidden state '%s' is not known from the graph"
                        .formatted(signature.hiddenState())));
  }
}
