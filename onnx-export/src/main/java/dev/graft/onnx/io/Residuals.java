package dev.graft.onnx.io;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.graft.onnx.Extras;
import dev.graft.onnx.io.proto.AttributeProto;
import dev.graft.onnx.io.proto.GraphProto;
import dev.graft.onnx.io.proto.ModelProto;
import dev.graft.onnx.io.proto.NodeProto;
import dev.graft.onnx.io.proto.TensorProto;
import dev.graft.onnx.io.proto.TensorShapeProto;
import dev.graft.onnx.io.proto.TypeProto;
import dev.graft.onnx.io.proto.ValueInfoProto;
import java.util.List;

/**
 * What remains of a message when all that the graph model holds is taken away: documentation,
 * unknown fields, kinds of types that are not tensors. The remains of elements that have no extras
 * of their own (tensors, attributes, value types) stay with their graph or node, under their name.
 */
final class Residuals {
  private Residuals() {}

  /** Reads back what one of the methods below left. */
  static <T extends Message> T decode(Parser<T> parser, Extras extras) {
    try {
      return parser.parseFrom(extras.encoded());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("extras are not encoded protobuf fields", e);
    }
  }

  static ModelProto of(ModelProto model) {
    ModelProto.Builder rest = ModelProto.newBuilder().setUnknownFields(model.getUnknownFields());
    if (model.hasDomain()) {
      rest.setDomain(model.getDomain());
    }
    if (model.hasModelVersion()) {
      rest.setModelVersion(model.getModelVersion());
    }
    if (model.hasDocString()) {
      rest.setDocString(model.getDocString());
    }
    return rest.build();
  }

  static GraphProto of(GraphProto graph) {
    GraphProto.Builder rest = GraphProto.newBuilder().setUnknownFields(graph.getUnknownFields());
    if (graph.hasDocString()) {
      rest.setDocString(graph.getDocString());
    }
    for (TensorProto tensor : graph.getInitializerList()) {
      TensorProto left = of(tensor);
      if (!isEmpty(left)) {
        rest.addInitializer(left.toBuilder().setName(tensor.getName()));
      }
    }
    for (ValueInfoProto value : graph.getValueInfoList()) {
      ValueInfoProto left = of(value);
      if (!isEmpty(left)) {
        rest.addValueInfo(left.toBuilder().setName(value.getName()));
      }
    }
    return rest.build();
  }

  static NodeProto of(NodeProto node) {
    NodeProto.Builder rest = NodeProto.newBuilder().setUnknownFields(node.getUnknownFields());
    if (node.hasDocString()) {
      rest.setDocString(node.getDocString());
    }
    for (AttributeProto attribute : node.getAttributeList()) {
      AttributeProto.Builder left =
          AttributeProto.newBuilder().setUnknownFields(attribute.getUnknownFields());
      if (attribute.hasT()) {
        TensorProto tensor = of(attribute.getT());
        if (attribute.getT().hasName()) {
          tensor = tensor.toBuilder().setName(attribute.getT().getName()).build();
        }
        if (!isEmpty(tensor)) {
          left.setT(tensor);
        }
      }
      if (!isEmpty(left.build())) {
        rest.addAttribute(left.setName(attribute.getName()));
      }
    }
    return rest.build();
  }

  /** The remains of a value; its type as a whole where the graph model cannot hold it. */
  static ValueInfoProto of(ValueInfoProto value) {
    ValueInfoProto.Builder rest =
        ValueInfoProto.newBuilder().setUnknownFields(value.getUnknownFields());
    if (value.hasDocString()) {
      rest.setDocString(value.getDocString());
    }
    if (value.hasType()) {
      TypeProto type = isKnown(value.getType()) ? of(value.getType()) : value.getType();
      if (!isEmpty(type)) {
        rest.setType(type);
      }
    }
    return rest.build();
  }

  /** Whether the graph model can hold a type. */
  static boolean isKnown(TypeProto type) {
    int element = type.getTensorType().getElemType();
    return type.hasTensorType()
        && element >= 0
        && element < dev.graft.onnx.ElementType.values().length;
  }

  /** The denotations of a type and its dimensions; empty if there are none. */
  private static TypeProto of(TypeProto type) {
    TypeProto.Builder rest = TypeProto.newBuilder().setUnknownFields(type.getUnknownFields());
    TensorShapeProto shape = type.getTensorType().getShape();
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder().setUnknownFields(type.getTensorType().getUnknownFields());
    TensorShapeProto.Builder dims =
        TensorShapeProto.newBuilder().setUnknownFields(shape.getUnknownFields());
    boolean any = !isEmpty(dims.build());
    for (TensorShapeProto.Dimension dim : shape.getDimList()) {
      any |= !dim.getUnknownFields().asMap().isEmpty();
      dims.addDim(TensorShapeProto.Dimension.newBuilder().setUnknownFields(dim.getUnknownFields()));
    }
    if (any) {
      tensor.setShape(dims);
    }
    if (!isEmpty(tensor.build())) {
      rest.setTensorType(tensor);
    }
    return rest.build();
  }

  private static TensorProto of(TensorProto tensor) {
    TensorProto.Builder rest = TensorProto.newBuilder().setUnknownFields(tensor.getUnknownFields());
    if (tensor.hasDocString()) {
      rest.setDocString(tensor.getDocString());
    }
    return rest.build();
  }

  /** Puts the remains of a type back onto the type as it is now. */
  static TypeProto restore(TypeProto now, TypeProto rest) {
    if (!now.hasTensorType()) {
      return rest;
    }
    if (isForeign(rest)) {
      return now;
    }
    TypeProto.Builder out = now.toBuilder().setUnknownFields(rest.getUnknownFields());
    TypeProto.Tensor.Builder tensor = out.getTensorTypeBuilder();
    tensor.setUnknownFields(rest.getTensorType().getUnknownFields());
    TensorShapeProto restShape = rest.getTensorType().getShape();
    List<TensorShapeProto.Dimension> restDims = restShape.getDimList();
    if (restDims.size() == tensor.getShape().getDimCount() && tensor.hasShape()) {
      TensorShapeProto.Builder shape = tensor.getShapeBuilder();
      shape.setUnknownFields(restShape.getUnknownFields());
      for (int i = 0; i < restDims.size(); i++) {
        shape.getDimBuilder(i).setUnknownFields(restDims.get(i).getUnknownFields());
      }
    }
    return out.build();
  }

  /** Whether the remains are a whole type that the graph model did not hold. */
  private static boolean isForeign(TypeProto rest) {
    return rest.getTensorType().hasElemType();
  }

  private static boolean isEmpty(Message message) {
    return message.getSerializedSize() == 0;
  }
}
