package dev.graft.onnx.io;

import com.google.protobuf.ByteString;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Node;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.Value;
import dev.graft.onnx.io.proto.AttributeProto;
import dev.graft.onnx.io.proto.GraphProto;
import dev.graft.onnx.io.proto.NodeProto;
import dev.graft.onnx.io.proto.TensorProto;
import dev.graft.onnx.io.proto.TensorShapeProto;
import dev.graft.onnx.io.proto.TypeProto;
import dev.graft.onnx.io.proto.ValueInfoProto;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Encodes graphs. The order of everything is that of the graph, so equal graphs give equal bytes.
 */
final class GraphEncoder {
  private static final ValueInfoProto NO_VALUE = ValueInfoProto.getDefaultInstance();
  private static final AttributeProto NO_ATTRIBUTE = AttributeProto.getDefaultInstance();

  private final TensorEncoder tensors;

  GraphEncoder(TensorEncoder tensors) {
    this.tensors = tensors;
  }

  /** Encodes a graph as a whole. */
  GraphProto graph(Graph graph) throws IOException {
    GraphProto.Builder proto = withoutInitializers(graph).toBuilder();
    Map<String, TensorProto> remains = initializerRemains(graph);
    for (Map.Entry<String, Tensor> entry : graph.initializers().entrySet()) {
      TensorProto.Builder tensor = tensors.encode(entry.getValue()).setName(entry.getKey());
      restore(tensor, remains);
      proto.addInitializer(tensor);
    }
    return proto.build();
  }

  GraphProto withoutInitializers(Graph graph) throws IOException {
    GraphProto rest = Residuals.decode(GraphProto.parser(), graph.extras());
    GraphProto.Builder proto =
        rest.toBuilder().clearInitializer().clearValueInfo().setName(graph.name());
    for (Node node : graph.nodes()) {
      proto.addNode(node(node));
    }
    graph.inputs().forEach(v -> proto.addInput(value(v)));
    graph.outputs().forEach(v -> proto.addOutput(value(v)));
    addValueTypes(graph, rest, proto);
    return proto.build();
  }

  /**
   * The initializers of a graph, their raw data apart.
   *
   * @param handedOver names of those that are written without any data
   */
  List<EncodedModel.Initializer> initializers(Graph graph, Set<String> handedOver)
      throws IOException {
    Map<String, TensorProto> remains = initializerRemains(graph);
    List<EncodedModel.Initializer> encoded = new ArrayList<>();
    for (Map.Entry<String, Tensor> entry : graph.initializers().entrySet()) {
      Tensor tensor = entry.getValue();
      boolean absent = handedOver.contains(entry.getKey());
      TensorProto.Builder message =
          absent ? tensors.encodeWithoutData(tensor) : tensors.encodeWithoutRawData(tensor);
      restore(message.setName(entry.getKey()), remains);
      encoded.add(
          new EncodedModel.Initializer(
              message.build(),
              !absent && tensors.hasRawData(tensor) ? List.of(tensor) : List.of()));
    }
    return encoded;
  }

  private static Map<String, TensorProto> initializerRemains(Graph graph) {
    Map<String, TensorProto> remains = new HashMap<>();
    Residuals.decode(GraphProto.parser(), graph.extras())
        .getInitializerList()
        .forEach(t -> remains.put(t.getName(), t));
    return remains;
  }

  private static void restore(TensorProto.Builder message, Map<String, TensorProto> remains) {
    TensorProto left = remains.get(message.getName());
    if (left != null) {
      message.mergeFrom(left);
    }
  }

  private static void addValueTypes(Graph graph, GraphProto rest, GraphProto.Builder proto) {
    Map<String, ValueInfoProto> remains = new HashMap<>();
    rest.getValueInfoList().forEach(v -> remains.put(v.getName(), v));
    graph
        .valueTypes()
        .forEach(
            (name, type) ->
                proto.addValueInfo(value(name, type, remains.getOrDefault(name, NO_VALUE))));
    Set<String> produced = new HashSet<>();
    graph.nodes().forEach(n -> produced.addAll(n.outputs()));
    for (ValueInfoProto left : rest.getValueInfoList()) {
      // Types that the graph model cannot hold, of values that are still there.
      if (left.hasType()
          && produced.contains(left.getName())
          && !graph.valueTypes().containsKey(left.getName())) {
        proto.addValueInfo(left);
      }
    }
  }

  private NodeProto node(Node node) throws IOException {
    NodeProto rest = Residuals.decode(NodeProto.parser(), node.extras());
    NodeProto.Builder proto =
        rest.toBuilder()
            .clearAttribute()
            .addAllInput(node.inputs())
            .addAllOutput(node.outputs())
            .setOpType(node.op().type());
    if (!node.name().isEmpty()) {
      proto.setName(node.name());
    }
    if (!node.op().domain().isEmpty()) {
      proto.setDomain(node.op().domain());
    }
    Map<String, AttributeProto> remains = new HashMap<>();
    rest.getAttributeList().forEach(a -> remains.put(a.getName(), a));
    // Sorted, since callers hand in maps like Map.of, whose order changes from run to run.
    for (Map.Entry<String, Attribute> entry : new TreeMap<>(node.attributes()).entrySet()) {
      AttributeProto left = remains.getOrDefault(entry.getKey(), NO_ATTRIBUTE);
      proto.addAttribute(attribute(entry.getKey(), entry.getValue(), left));
    }
    return proto.build();
  }

  private AttributeProto attribute(String name, Attribute attribute, AttributeProto rest)
      throws IOException {
    if (attribute instanceof Attribute.Opaque opaque) {
      return Residuals.decode(AttributeProto.parser(), opaque.encoded()).toBuilder()
          .setName(name)
          .build();
    }
    AttributeProto.Builder proto =
        AttributeProto.newBuilder().setName(name).setUnknownFields(rest.getUnknownFields());
    AttributeKind kind;
    if (attribute instanceof Attribute.IntValue v) {
      kind = AttributeKind.INT;
      proto.setI(v.value());
    } else if (attribute instanceof Attribute.FloatValue v) {
      kind = AttributeKind.FLOAT;
      proto.setF(v.value());
    } else if (attribute instanceof Attribute.StringValue v) {
      kind = AttributeKind.STRING;
      proto.setS(ByteString.copyFromUtf8(v.value()));
    } else if (attribute instanceof Attribute.TensorValue v) {
      kind = AttributeKind.TENSOR;
      proto.setT(tensors.encode(v.value()).mergeFrom(rest.getT()));
    } else if (attribute instanceof Attribute.GraphValue v) {
      kind = AttributeKind.GRAPH;
      proto.setG(graph(v.value()));
    } else if (attribute instanceof Attribute.IntList v) {
      kind = AttributeKind.INTS;
      proto.addAllInts(v.values());
    } else if (attribute instanceof Attribute.FloatList v) {
      kind = AttributeKind.FLOATS;
      proto.addAllFloats(v.values());
    } else if (attribute instanceof Attribute.StringList v) {
      kind = AttributeKind.STRINGS;
      v.values().forEach(s -> proto.addStrings(ByteString.copyFromUtf8(s)));
    } else {
      throw new IllegalStateException("no encoding for %s".formatted(attribute.getClass()));
    }
    return proto.setType(kind.number()).build();
  }

  private static ValueInfoProto value(Value value) {
    ValueInfoProto rest = Residuals.decode(ValueInfoProto.parser(), value.extras());
    return value(value.name(), value.type(), rest);
  }

  private static ValueInfoProto value(String name, TensorType type, ValueInfoProto rest) {
    ValueInfoProto.Builder proto = rest.toBuilder().clearType().setName(name);
    TypeProto encoded = Residuals.restore(type(type), rest.getType());
    if (encoded.getSerializedSize() > 0) {
      proto.setType(encoded);
    }
    return proto.build();
  }

  private static TypeProto type(TensorType type) {
    if (type.elementType() == ElementType.UNDEFINED && type.shape().isEmpty()) {
      return TypeProto.getDefaultInstance();
    }
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder().setElemType(type.elementType().number());
    type.shape().ifPresent(s -> tensor.setShape(shape(s.dims())));
    return TypeProto.newBuilder().setTensorType(tensor).build();
  }

  private static TensorShapeProto shape(List<Dim> dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Dim dim : dims) {
      TensorShapeProto.Dimension.Builder proto = shape.addDimBuilder();
      if (dim instanceof Dim.Fixed fixed) {
        proto.setDimValue(fixed.size());
      } else if (dim instanceof Dim.Symbol symbol) {
        proto.setDimParam(symbol.name());
      }
    }
    return shape.build();
  }
}
