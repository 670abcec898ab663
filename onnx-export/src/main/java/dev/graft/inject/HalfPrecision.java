package dev.graft.inject;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Half;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import dev.graft.onnx.Value;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rewrites a float graph to compute in half precision. Its inputs and outputs keep their types, so
 * that callers need not change.
 *
 * <p>Constants beyond the range of a half, such as the masks exporters write, become the largest
 * finite half: added to a score, that still leaves a weight of zero after the softmax.
 */
public final class HalfPrecision {
  private static final float LARGEST = 65504f;

  private HalfPrecision() {}

  /** Converts a graph; what it takes and gives stays float. */
  public static Graph convert(Graph graph) {
    Map<String, Tensor> initializers = new LinkedHashMap<>(graph.initializers());
    initializers.replaceAll((name, tensor) -> half(tensor));
    List<Node> nodes = new ArrayList<>();
    graph.nodes().forEach(node -> nodes.add(half(node)));
    Graph halved = graph.withInitializers(initializers).withNodes(nodes).withValueTypes(Map.of());
    return withFloatOutputs(withHalvedInputs(halved));
  }

  /** Casts what enters the graph as float, such as past keys and values. */
  private static Graph withHalvedInputs(Graph graph) {
    List<Value> floats =
        graph.inputs().stream().filter(v -> v.type().elementType() == ElementType.FLOAT).toList();
    GraphBuilder b = GraphBuilder.from(graph);
    for (Value input : floats) {
      Map<String, Attribute> toHalf = Map.of("to", Attribute.of(ElementType.FLOAT16.number()));
      b.replaceUses(input.name(), b.op("Cast", toHalf, input.name()));
    }
    return b.build();
  }

  /** Casts what leaves the graph back to float, under the same names. */
  private static Graph withFloatOutputs(Graph graph) {
    GraphBuilder b = new GraphBuilder(graph.name());
    graph.inputs().forEach(b::input);
    graph.initializers().forEach(b::initializer);
    Map<String, String> renamed = new LinkedHashMap<>();
    for (Value output : graph.outputs()) {
      if (output.type().elementType() == ElementType.FLOAT) {
        renamed.put(output.name(), b.fresh(output.name() + "_half"));
      }
    }
    for (Node node : graph.nodes()) {
      b.addNode(
          node.mapInputs(in -> renamed.getOrDefault(in, in))
              .withOutputs(
                  node.outputs().stream().map(out -> renamed.getOrDefault(out, out)).toList()));
    }
    for (Value output : graph.outputs()) {
      String source = renamed.get(output.name());
      if (source != null) {
        b.addNode(
            new Node(
                source + "_to_float",
                OpId.onnx("Cast"),
                List.of(source),
                List.of(output.name()),
                Map.of("to", Attribute.of(ElementType.FLOAT.number()))));
      }
      b.output(output.name(), output.type());
    }
    return b.build();
  }

  private static Node half(Node node) {
    if (node.is("Cast") && node.intAttribute("to", 0) == ElementType.FLOAT.number()) {
      return node.withAttributes(Map.of("to", Attribute.of(ElementType.FLOAT16.number())));
    }
    Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
    attributes.replaceAll(
        (name, attribute) ->
            attribute instanceof Attribute.TensorValue t
                ? Attribute.of(half(t.value()))
                : attribute);
    return node.withAttributes(attributes);
  }

  private static Tensor half(Tensor tensor) {
    if (tensor.elementType() != ElementType.FLOAT) {
      return tensor;
    }
    int count = Math.toIntExact(tensor.elementCount());
    ByteBuffer from = tensor.data().bytes();
    ByteBuffer to = ByteBuffer.allocateDirect(2 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      float value = from.getFloat(4 * i);
      float clamped = Math.max(-LARGEST, Math.min(LARGEST, value));
      to.putShort(2 * i, Half.ofFloat(clamped));
    }
    return new Tensor(ElementType.FLOAT16, tensor.dims(), new TensorData.Inline(to));
  }
}
