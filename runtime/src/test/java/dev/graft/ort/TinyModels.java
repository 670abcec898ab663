package dev.graft.ort;

import dev.graft.onnx.io.proto.GraphProto;
import dev.graft.onnx.io.proto.ModelProto;
import dev.graft.onnx.io.proto.NodeProto;
import dev.graft.onnx.io.proto.OperatorSetIdProto;
import dev.graft.onnx.io.proto.StringStringEntryProto;
import dev.graft.onnx.io.proto.TensorProto;
import dev.graft.onnx.io.proto.TensorShapeProto;
import dev.graft.onnx.io.proto.TypeProto;
import dev.graft.onnx.io.proto.ValueInfoProto;
import java.util.List;

/** Models of one or a few nodes, written straight as protobuf. */
final class TinyModels {
  static final int FLOAT = 1;
  static final int INT32 = 6;
  static final int INT64 = 7;
  static final int BOOL = 9;

  private TinyModels() {}

  /** {@code z = x @ a}, x [B, K], a [K, N]; all symbolic. */
  static byte[] matMul() {
    return model(
        GraphProto.newBuilder()
            .addInput(value("x", FLOAT, "B", "K"))
            .addInput(value("a", FLOAT, "K", "N"))
            .addOutput(value("z", FLOAT, "B", "N"))
            .addNode(node("MatMul", List.of("x", "a"), "z")));
  }

  /** {@code y = x @ w}, x [B, 2], w an external initializer [2, 2] of a file. */
  static byte[] external(String location, long offset) {
    TensorProto.Builder weight =
        TensorProto.newBuilder()
            .setName("w")
            .addDims(2)
            .addDims(2)
            .setDataType(FLOAT)
            .setDataLocation(1)
            .addExternalData(entry("location", location))
            .addExternalData(entry("offset", Long.toString(offset)))
            .addExternalData(entry("length", "16"));
    return model(
        GraphProto.newBuilder()
            .addInput(value("x", FLOAT, "B", "2"))
            .addOutput(value("y", FLOAT, "B", "2"))
            .addInitializer(weight)
            .addNode(node("MatMul", List.of("x", "w"), "y")));
  }

  /** Same type in and out, through Identity. */
  static byte[] identity(int type) {
    return model(
        GraphProto.newBuilder()
            .addInput(value("in", type, "N"))
            .addOutput(value("out", type, "N"))
            .addNode(node("Identity", List.of("in"), "out")));
  }

  /** Enough work to be caught in: repeated products of [D, D]. */
  static byte[] slow(int products) {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", FLOAT, "D", "D"))
            .addOutput(value("y" + (products - 1), FLOAT, "D", "D"));
    String previous = "x";
    for (int i = 0; i < products; i++) {
      graph.addNode(node("MatMul", List.of(previous, "x"), "y" + i));
      previous = "y" + i;
    }
    return model(graph);
  }

  /** Two outputs, sum and difference, with inputs declared out of alphabetical order. */
  static byte[] sumAndDifference() {
    return model(
        GraphProto.newBuilder()
            .addInput(value("zulu", FLOAT, "N"))
            .addInput(value("alpha", FLOAT, "N"))
            .addOutput(value("sum", FLOAT, "N"))
            .addOutput(value("difference", FLOAT, "N"))
            .addNode(node("Add", List.of("zulu", "alpha"), "sum"))
            .addNode(node("Sub", List.of("zulu", "alpha"), "difference")));
  }

  /** A node with an operator that nobody has. */
  static byte[] unknownOperator() {
    return model(
        GraphProto.newBuilder()
            .addInput(value("x", FLOAT, "N"))
            .addOutput(value("y", FLOAT, "N"))
            .addNode(node("Frobnicate", List.of("x"), "y")));
  }

  private static NodeProto node(String operator, List<String> inputs, String output) {
    return NodeProto.newBuilder()
        .setName(operator + "_of_" + output)
        .setOpType(operator)
        .addAllInput(inputs)
        .addOutput(output)
        .build();
  }

  private static ValueInfoProto value(String name, int type, String... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (String dim : dims) {
      boolean fixed = Character.isDigit(dim.charAt(0));
      shape.addDim(
          fixed
              ? TensorShapeProto.Dimension.newBuilder().setDimValue(Long.parseLong(dim))
              : TensorShapeProto.Dimension.newBuilder().setDimParam(dim));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape)))
        .build();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private static byte[] model(GraphProto.Builder graph) {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .setGraph(graph.setName("tiny"))
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(17))
        .build()
        .toByteArray();
  }
}
