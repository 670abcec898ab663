package dev.graft.onnx.io;

import com.google.protobuf.ByteString;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Model;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.Value;
import dev.graft.onnx.io.proto.GraphProto;
import dev.graft.onnx.io.proto.ModelProto;
import dev.graft.onnx.io.proto.NodeProto;
import dev.graft.onnx.io.proto.OperatorSetIdProto;
import dev.graft.onnx.io.proto.StringStringEntryProto;
import dev.graft.onnx.io.proto.TensorProto;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** Models of a few bytes, as graphs and as messages that can be bent. */
final class SmallModels {
  private SmallModels() {}

  /** A model with most of what a file can hold: weights, subgraph, attributes of every kind. */
  static Model varied() {
    GraphBuilder b = new GraphBuilder("varied");
    b.input("x", ElementType.FLOAT, "B", 3);
    b.initializer("W", Tensor.floats(List.of(3L, 2L), 1, 2, 3, 4, 5, 6));
    b.initializer(
        "words",
        Tensor.strings(
            List.of(2L), List.of(ByteBuffer.wrap(new byte[] {65}), ByteBuffer.wrap(new byte[0]))));
    b.initializer("none", Tensor.floats(List.of(0L, 4L)));
    String h = b.op("MatMul", "x", "W");
    b.type(h, TensorType.of(ElementType.FLOAT, "B", 2));
    Value r = new Value("r", TensorType.ofUnknownRank(ElementType.FLOAT));
    Graph branch =
        new Graph(
            "branch",
            List.of(),
            List.of(r),
            List.of(new Node("n", OpId.onnx("Add"), List.of(h, "k"), List.of("r"), Map.of())),
            Map.of("k", Tensor.scalar(ElementType.FLOAT, 2)));
    Attribute sub = new Attribute.GraphValue(branch);
    String flag = b.constant("flag", Tensor.bools(List.of(), true));
    String y = b.op("If", Map.of("then_branch", sub, "else_branch", sub), flag);
    b.output(y, "y", TensorType.of(ElementType.FLOAT, "B", 2));
    Map<String, Attribute> attributes =
        Map.of(
            "i", Attribute.of(-3),
            "f", Attribute.of(0.5),
            "s", Attribute.of("text"),
            "t", Attribute.of(Tensor.longVector(7, 8)),
            "is", Attribute.ints(1, 2),
            "fs", new Attribute.FloatList(List.of(1.5f)),
            "ss", new Attribute.StringList(List.of("a", "b")));
    b.op(OpId.parse("com.example.Odd"), attributes, List.of("x", "", "W"), 2);
    return Model.of(b.build()).withMetadata(Map.of("author", "someone", "a", "b"));
  }

  /** A message {@code y = Add(x, w)}, with {@code w} as the only initializer. */
  static ModelProto.Builder message(TensorProto.Builder w) {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
        .setGraph(
            GraphProto.newBuilder()
                .setName("g")
                .addNode(
                    NodeProto.newBuilder()
                        .setOpType("Add")
                        .addInput("x")
                        .addInput("w")
                        .addOutput("y"))
                .addInitializer(w));
  }

  static TensorProto.Builder floats(int count) {
    return TensorProto.newBuilder()
        .setName("w")
        .addDims(count)
        .setDataType(ElementType.FLOAT.number())
        .setRawData(ByteString.copyFrom(new byte[4 * count]));
  }

  /** A float tensor of two elements in a data file. */
  static TensorProto.Builder external(String... keysAndValues) {
    TensorProto.Builder tensor = floats(2).clearRawData().setDataLocation(1);
    for (int i = 0; i < keysAndValues.length; i += 2) {
      tensor.addExternalData(
          StringStringEntryProto.newBuilder()
              .setKey(keysAndValues[i])
              .setValue(keysAndValues[i + 1]));
    }
    return tensor;
  }
}
