package dev.graft.inject;

import dev.graft.module.DecoderInfo;
import dev.graft.module.DecoderSignature;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.Value;
import dev.graft.onnx.shape.ShapeInference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What training puts in the place of a decoder's past keys and values: nothing, or a trainable
 * prefix (prefix tuning, Li and Liang 2021, https://arxiv.org/abs/2101.00190).
 */
final class PastKeyValues {
  private PastKeyValues() {}

  /** Removes the past: every text starts with its first token. */
  static Graph none(Graph graph, DecoderSignature decoder, DecoderInfo info) {
    Set<String> past = Set.copyOf(decoder.pastInputs());
    Map<String, String> aliases = new HashMap<>();
    List<Node> kept = new ArrayList<>();
    for (Node node : graph.nodes()) {
      boolean appends =
          node.is("Concat") && node.inputs().size() == 2 && past.contains(node.input(0));
      if (appends) {
        aliases.put(node.output(0), node.input(1));
      } else {
        kept.add(node.mapInputs(in -> aliases.getOrDefault(in, in)));
      }
    }
    GraphBuilder b = GraphBuilder.from(withoutInputs(graph, past)).clearOutputs().nodes(kept);
    if (kept.stream().anyMatch(node -> node.inputs().stream().anyMatch(past::contains))) {
      String empty = emptyPast(b, info);
      decoder.pastInputs().forEach(name -> b.replaceUses(name, empty));
    }
    return withMaskLength(b.build(), Dim.of("tokens"));
  }

  /** Float {@code [B, heads, 0, features]}, for graphs that look at the shape of their past. */
  private static String emptyPast(GraphBuilder b, DecoderInfo info) {
    Map<String, Attribute> first = Map.of("start", Attribute.of(0), "end", Attribute.of(1));
    String batch = b.op("Shape", first, DecoderSignature.INPUT_IDS);
    String shape =
        b.op(
            "Concat",
            Map.of("axis", Attribute.of(0)),
            batch,
            b.longs(info.kvHeads(), 0, info.headDim()));
    Tensor zero =
        new Tensor(ElementType.FLOAT, List.of(1L), Tensor.scalar(ElementType.FLOAT, 0).data());
    return b.op("ConstantOfShape", Map.of("value", Attribute.of(zero)), shape);
  }

  /** Puts a prefix, the same for every row, in the place of the past. */
  static Graph prefix(Graph graph, DecoderSignature decoder, DecoderInfo info) {
    Set<String> past = Set.copyOf(decoder.pastInputs());
    GraphBuilder b = GraphBuilder.from(withoutInputs(graph, past)).clearOutputs();
    Map<String, Attribute> first = Map.of("start", Attribute.of(0), "end", Attribute.of(1));
    String batch = b.op("Shape", first, DecoderSignature.INPUT_IDS);
    String shape = b.op("Concat", Map.of("axis", Attribute.of(0)), batch, b.longs(1, 1, 1));
    for (int layer = 0; layer < decoder.layers(); layer++) {
      for (boolean key : new boolean[] {true, false}) {
        String name = key ? PrefixInputs.key(layer) : PrefixInputs.value(layer);
        String input = b.input(name, ElementType.FLOAT, info.kvHeads(), "virtual", info.headDim());
        String rows = b.op("Expand", b.op("Unsqueeze", input, b.longs(0)), shape);
        b.replaceUses(
            key ? DecoderSignature.pastKey(layer) : DecoderSignature.pastValue(layer), rows);
      }
    }
    Graph built = b.build();
    return withMaskLength(built, totalLength(graph, built));
  }

  /** The symbolic length of keys once the prefix is in front of them. */
  private static Dim totalLength(Graph before, Graph built) {
    Graph typed =
        ShapeInference.infer(
            built
                .withValueTypes(Map.of())
                .withOutputs(
                    before.outputs().stream()
                        .filter(v -> v.name().equals(DecoderSignature.presentKey(0)))
                        .map(v -> new Value(v.name(), TensorType.ofUnknownRank(ElementType.FLOAT)))
                        .toList()));
    return typed
        .shapeOf(DecoderSignature.presentKey(0))
        .filter(s -> s.rank() == 4)
        .map(s -> s.dim(2))
        .orElse(Dim.of("total"));
  }

  private static Graph withMaskLength(Graph graph, Dim total) {
    List<Value> inputs = new ArrayList<>();
    for (Value input : graph.inputs()) {
      boolean mask = input.name().equals(DecoderSignature.ATTENTION_MASK);
      inputs.add(
          mask
              ? new Value(
                  input.name(), TensorType.of(ElementType.INT64, Shape.of(Dim.of("batch"), total)))
              : input);
    }
    return graph.withInputs(inputs).withValueTypes(Map.of());
  }

  private static Graph withoutInputs(Graph graph, Set<String> names) {
    return graph.withInputs(
        graph.inputs().stream().filter(v -> !names.contains(v.name())).toList());
  }
}
