package dev.graft.onnx.io;

import com.google.protobuf.ByteString;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Extras;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Shape;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Makes graphs of their encoded form. */
final class GraphDecoder {
  private final Path file;
  private final TensorDecoder tensors;

  GraphDecoder(Path file, TensorDecoder tensors) {
    this.file = file;
    this.tensors = tensors;
  }

  Graph graph(GraphProto proto) throws IOException {
    String where = "graph '%s'".formatted(proto.getName());
    if (proto.getSparseInitializerCount() > 0) {
      throw bad(
          where,
          "sparse initializer '%s' is not supported; store it as a dense tensor"
              .formatted(proto.getSparseInitializer(0).getValues().getName()));
    }
    Set<String> defined = new HashSet<>();
    Map<String, Tensor> initializers = initializers(proto, defined, where);
    List<Value> inputs = inputs(proto, initializers, defined, where);
    List<Node> nodes = nodes(proto, defined, where);
    return new Graph(
        proto.getName(),
        inputs,
        outputs(proto, where),
        nodes,
        initializers,
        valueTypes(proto),
        Extras.of(Residuals.of(proto).toByteArray()));
  }

  private Map<String, Tensor> initializers(GraphProto proto, Set<String> defined, String where)
      throws IOException {
    Map<String, Tensor> initializers = new LinkedHashMap<>();
    for (TensorProto tensor : proto.getInitializerList()) {
      define(tensor.getName(), "initializer", defined, where);
      String what = "initializer '%s'".formatted(tensor.getName());
      initializers.put(tensor.getName(), tensors.decode(tensor, what));
    }
    return initializers;
  }

  private List<Value> inputs(
      GraphProto proto, Map<String, Tensor> initializers, Set<String> defined, String where)
      throws OnnxFormatException {
    List<Value> inputs = new ArrayList<>();
    Set<String> constants = new HashSet<>();
    for (ValueInfoProto value : proto.getInputList()) {
      if (!initializers.containsKey(value.getName())) {
        define(value.getName(), "input", defined, where);
        inputs.add(value(value));
      } else if (!constants.add(value.getName())) {
        throw bad(where, "input '%s' is defined twice".formatted(value.getName()));
      }
    }
    return inputs;
  }

  private List<Value> outputs(GraphProto proto, String where) throws OnnxFormatException {
    List<Value> outputs = new ArrayList<>();
    for (ValueInfoProto value : proto.getOutputList()) {
      if (value.getName().isEmpty()) {
        throw bad(where, "an output has no name");
      }
      outputs.add(value(value));
    }
    return outputs;
  }

  private List<Node> nodes(GraphProto proto, Set<String> defined, String where) throws IOException {
    List<Node> nodes = new ArrayList<>();
    for (NodeProto node : proto.getNodeList()) {
      for (String output : node.getOutputList()) {
        if (!output.isEmpty()) {
          define(output, "value", defined, where);
        }
      }
      nodes.add(node(node, where));
    }
    try {
      return GraphOrder.sort(nodes);
    } catch (IllegalArgumentException e) {
      throw bad(where, "nodes cannot be ordered: %s".formatted(e.getMessage()));
    }
  }

  private void define(String name, String kind, Set<String> defined, String where)
      throws OnnxFormatException {
    if (name.isEmpty()) {
      throw bad(where, "an %s has no name".formatted(kind));
    }
    if (!defined.add(name)) {
      throw bad(where, "%s '%s' is defined twice".formatted(kind, name));
    }
  }

  private Node node(NodeProto proto, String where) throws IOException {
    if (proto.getOpType().isEmpty()) {
      throw bad(where, "node '%s' has no operator".formatted(proto.getName()));
    }
    OpId op = new OpId(proto.getDomain(), proto.getOpType());
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    for (AttributeProto attribute : proto.getAttributeList()) {
      String what =
          "%s (node '%s'), attribute '%s'".formatted(op, proto.getName(), attribute.getName());
      if (attributes.put(attribute.getName(), attribute(attribute, what)) != null) {
        throw bad(what, "is there twice");
      }
    }
    return new Node(
        proto.getName(),
        op,
        List.copyOf(proto.getInputList()),
        List.copyOf(proto.getOutputList()),
        attributes,
        Extras.of(Residuals.of(proto).toByteArray()));
  }

  private Attribute attribute(AttributeProto proto, String where) throws IOException {
    return switch (AttributeKind.of(proto)) {
      case FLOAT -> new Attribute.FloatValue(proto.getF());
      case INT -> new Attribute.IntValue(proto.getI());
      case STRING ->
          proto.getS().isValidUtf8()
              ? new Attribute.StringValue(proto.getS().toStringUtf8())
              : opaque(proto);
      case TENSOR -> {
        if (!proto.hasT()) {
          throw bad(where, "says it is a tensor but has none");
        }
        yield new Attribute.TensorValue(tensors.decode(proto.getT(), where));
      }
      case GRAPH -> {
        if (!proto.hasG()) {
          throw bad(where, "says it is a graph but has none");
        }
        yield new Attribute.GraphValue(graph(proto.getG()));
      }
      case FLOATS -> new Attribute.FloatList(proto.getFloatsList());
      case INTS -> new Attribute.IntList(proto.getIntsList());
      case STRINGS ->
          proto.getStringsList().stream().allMatch(ByteString::isValidUtf8)
              ? new Attribute.StringList(
                  proto.getStringsList().stream().map(ByteString::toStringUtf8).toList())
              : opaque(proto);
      case OTHER -> {
        // Their raw data are not in the message any more, see WireParser.
        if (proto.hasT() || proto.hasG()) {
          throw bad(where, "has a tensor or graph, but is of type %d".formatted(proto.getType()));
        }
        yield opaque(proto);
      }
    };
  }

  private static Attribute opaque(AttributeProto proto) {
    return new Attribute.Opaque(Extras.of(proto.toByteArray()));
  }

  private Value value(ValueInfoProto proto) {
    return new Value(
        proto.getName(),
        type(proto).orElse(TensorType.ofUnknownRank(ElementType.UNDEFINED)),
        Extras.of(Residuals.of(proto).toByteArray()));
  }

  private static Map<String, TensorType> valueTypes(GraphProto proto) {
    Map<String, TensorType> types = new LinkedHashMap<>();
    for (ValueInfoProto value : proto.getValueInfoList()) {
      type(value).ifPresent(type -> types.putIfAbsent(value.getName(), type));
    }
    return types;
  }

  private static Optional<TensorType> type(ValueInfoProto proto) {
    if (!Residuals.isKnown(proto.getType())) {
      return Optional.empty();
    }
    TypeProto.Tensor tensor = proto.getType().getTensorType();
    ElementType element = ElementType.ofNumber(tensor.getElemType());
    if (!tensor.hasShape()) {
      return Optional.of(TensorType.ofUnknownRank(element));
    }
    List<Dim> dims = tensor.getShape().getDimList().stream().map(GraphDecoder::dim).toList();
    return Optional.of(TensorType.of(element, new Shape(dims)));
  }

  private static Dim dim(TensorShapeProto.Dimension proto) {
    if (!proto.getDimParam().isEmpty()) {
      return Dim.of(proto.getDimParam());
    }
    // Some exporters write -1 for what they do not know.
    return proto.hasDimValue() && proto.getDimValue() >= 0
        ? Dim.of(proto.getDimValue())
        : Dim.unknown();
  }

  private OnnxFormatException bad(String where, String problem) {
    return new OnnxFormatException(file, "%s: %s".formatted(where, problem));
  }
}
