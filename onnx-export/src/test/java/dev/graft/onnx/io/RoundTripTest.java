package dev.graft.onnx.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.graft.files.AtomicFiles;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import dev.graft.onnx.io.proto.AttributeProto;
import dev.graft.onnx.io.proto.GraphProto;
import dev.graft.onnx.io.proto.ModelProto;
import dev.graft.onnx.io.proto.NodeProto;
import dev.graft.onnx.io.proto.TensorProto;
import dev.graft.onnx.io.proto.TensorShapeProto;
import dev.graft.onnx.io.proto.TypeProto;
import dev.graft.onnx.io.proto.ValueInfoProto;
import dev.graft.onnx.text.GraphText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoundTripTest {
  @TempDir Path folder;

  @Test
  void keepsEverythingOfAVariedModel() throws Exception {
    Model model = SmallModels.varied();

    Model back = parse(OnnxWriter.toBytes(model, folder));

    assertEquals(GraphText.print(model.graph()), GraphText.print(back.graph()));
    assertEquals(model.metadata(), back.metadata());
    assertEquals(model.opsets(), back.opsets());
    assertEquals(List.of("A", ""), tensor(back, "words").toStrings());
    assertArrayEquals(OnnxWriter.toBytes(model, folder), OnnxWriter.toBytes(back, folder));
  }

  @Test
  void keepsWhatItDoesNotKnow() throws Exception {
    ModelProto model = withUnknownFields();

    ModelProto back = ModelProto.parseFrom(OnnxWriter.toBytes(parse(model.toByteArray()), folder));

    assertEquals(model, back);
  }

  /** A model with a documentation string or an unknown field in every kind of message. */
  private static ModelProto withUnknownFields() {
    ModelProto.Builder model =
        SmallModels.message(
            SmallModels.floats(2).setDocString("weight").setUnknownFields(some(16)));
    model.setDocString("model").setModelVersion(3).setDomain("d").setUnknownFields(some(25));
    model.getOpsetImportBuilder(0).setDomain("");
    GraphProto.Builder graph = model.getGraphBuilder();
    graph.setDocString("graph").setUnknownFields(some(14));
    AttributeProto.Builder plain =
        AttributeProto.newBuilder().setName("plain").setType(2).setI(4).setUnknownFields(some(13));
    AttributeProto.Builder strange =
        AttributeProto.newBuilder().setName("strange").setType(14).setUnknownFields(some(15));
    AttributeProto.Builder tensors =
        AttributeProto.newBuilder()
            .setName("tensors")
            .setType(9)
            .addTensors(
                SmallModels.floats(1).setRawData(ByteString.copyFrom(new byte[] {1, 2, 3, 4})));
    AttributeProto.Builder zTensor =
        AttributeProto.newBuilder()
            .setName("tensor")
            .setType(4)
            .setT(SmallModels.floats(1).setDocString("inner").setUnknownFields(some(17)));
    AttributeProto.Builder binary =
        AttributeProto.newBuilder()
            .setName("binary")
            .setType(3)
            .setS(ByteString.copyFrom(new byte[] {-1, 0, -2}));
    graph
        .getNodeBuilder(0)
        .setDocString("node")
        .setUnknownFields(some(9))
        .addAttribute(binary)
        .addAttribute(plain)
        .addAttribute(strange)
        .addAttribute(zTensor)
        .addAttribute(tensors);
    graph.addInput(value("x"));
    graph.addInput(
        ValueInfoProto.newBuilder()
            .setName("list")
            .setType(TypeProto.newBuilder().setUnknownFields(some(4))));
    graph.addOutput(value("y"));
    graph.addValueInfo(value("y"));
    return model.build();
  }

  private static ValueInfoProto value(String name) {
    TensorShapeProto shape =
        TensorShapeProto.newBuilder()
            .addDim(
                TensorShapeProto.Dimension.newBuilder().setDimParam("B").setUnknownFields(some(3)))
            .build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setDocString("value")
        .setUnknownFields(some(4))
        .setType(
            TypeProto.newBuilder()
                .setUnknownFields(some(6))
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(1).setShape(shape)))
        .build();
  }

  private static UnknownFieldSet some(int number) {
    UnknownFieldSet.Field field =
        UnknownFieldSet.Field.newBuilder()
            .addLengthDelimited(ByteString.copyFromUtf8("field %d".formatted(number)))
            .build();
    return UnknownFieldSet.newBuilder().addField(number, field).build();
  }

  @Test
  void convertsTypedListsToPackedBytes() throws Exception {
    TensorProto.Builder empty = SmallModels.floats(2).clearRawData();
    assertEquals(
        List.of(1L, -2L),
        read(empty.clone().setDataType(3).addInt32Data(1).addInt32Data(-2)).toLongs());
    assertEquals(
        List.of(1L, 0L),
        read(empty.clone().setDataType(9).addInt32Data(1).addInt32Data(0)).toLongs());
    assertEquals(
        List.of(1L, 0xffffffffL),
        read(empty.clone().setDataType(12).addUint64Data(1).addUint64Data(0xffffffffL)).toLongs());
    assertEquals(
        List.of(5L, Long.MIN_VALUE),
        read(empty.clone().setDataType(7).addInt64Data(5).addInt64Data(Long.MIN_VALUE)).toLongs());
    assertArrayEquals(
        new double[] {1, -2},
        read(empty.clone().setDataType(10).addInt32Data(0x3c00).addInt32Data(0xc000)).toDoubles());
    assertArrayEquals(
        new double[] {1, -2},
        read(empty.clone().setDataType(16).addInt32Data(0x3f80).addInt32Data(0xc000)).toDoubles());
    assertArrayEquals(
        new double[] {0.1, 2},
        read(empty.clone().setDataType(11).addDoubleData(0.1).addDoubleData(2)).toDoubles());
    assertArrayEquals(
        new float[] {0.1f, 2},
        read(empty.clone().setDataType(1).addFloatData(0.1f).addFloatData(2)).toFloats());
  }

  private Tensor read(TensorProto.Builder tensor) throws IOException {
    return tensor(parse(SmallModels.message(tensor).build().toByteArray()), "w");
  }

  @Test
  void takesAnInputThatIsAnInitializerForAConstant() throws Exception {
    ModelProto.Builder old = SmallModels.message(SmallModels.floats(2)).setIrVersion(3);
    old.getGraphBuilder().addInput(value("x")).addInput(value("w"));

    Model model = parse(old.build().toByteArray());

    assertEquals(List.of("x"), model.graph().inputNames());
    assertEquals(4, model.irVersion());
  }

  @Test
  void sortsNodesThatAreOutOfOrder() throws Exception {
    ModelProto.Builder model = SmallModels.message(SmallModels.floats(2));
    model
        .getGraphBuilder()
        .addNode(NodeProto.newBuilder().setOpType("Neg").addInput("in").addOutput("x"));

    Model read = parse(model.build().toByteArray());

    assertEquals(
        List.of("Neg", "Add"), read.graph().nodes().stream().map(n -> n.op().type()).toList());
  }

  @Test
  void refersToDataInsideTheFolderAndCopiesOthers() throws Exception {
    Path models = Files.createDirectory(folder.resolve("models"));
    Path sub = Files.createDirectory(models.resolve("sub"));
    Tensor inside = stored(sub.resolve("w.bin"), 100);
    Tensor outside = stored(folder.resolve("v.bin"), 200);
    GraphBuilder b = new GraphBuilder("g");
    b.initializer("w", inside);
    b.initializer("v", outside);
    Path file = models.resolve("m.onnx");

    OnnxWriter.write(Model.of(b.build()), file);
    Model back = OnnxReader.read(file);

    ModelProto proto = ModelProto.parseFrom(Files.readAllBytes(file));
    assertEquals("sub/w.bin", proto.getGraph().getInitializer(0).getExternalData(0).getValue());
    assertEquals(800, proto.getGraph().getInitializer(1).getRawData().size());
    assertTrue(tensor(back, "w").data() instanceof TensorData.FileRegion);
    assertTrue(tensor(back, "w").sameContent(inside));
    assertTrue(tensor(back, "v").sameContent(outside));
  }

  private static Tensor stored(Path file, int count) throws IOException {
    float[] values = new float[count];
    values[count - 1] = count;
    Tensor tensor = Tensor.floats(List.of((long) count), values);
    return Objects.requireNonNull(
        ExternalData.write(Map.of("t", tensor), file, 0).tensors().get("t"));
  }

  @Test
  void refusesMoreInlineDataThanAFileHolds() throws Exception {
    Path big = folder.resolve("big.bin");
    try (FileChannel channel =
        FileChannel.open(big, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), (1L << 30) - 1);
    }
    Tensor tensor =
        new Tensor(
            ElementType.FLOAT, List.of(1L << 28), new TensorData.FileRegion(big, 0, 1 << 30));
    GraphBuilder b = new GraphBuilder("g");
    b.initializer("a", tensor);
    b.initializer("b", tensor);
    Path models = Files.createDirectory(folder.resolve("models"));
    Model model = Model.of(b.build());

    var e =
        assertThrows(IOException.class, () -> OnnxWriter.write(model, models.resolve("m.onnx")));

    assertTrue(String.valueOf(e.getMessage()).contains("move tensors out with ExternalData"));
    assertFolderHolds(models);
    OnnxWriter.write(model, folder.resolve("m.onnx"));
    assertTrue(Files.size(folder.resolve("m.onnx")) < 1000);
  }

  @Test
  void leavesNothingBehindWhenWritingFails() throws Exception {
    Path file = folder.resolve("m.onnx");
    Files.writeString(file, "old");

    assertThrows(
        IOException.class,
        () ->
            AtomicFiles.write(
                file,
                channel -> {
                  channel.write(ByteBuffer.allocate(10));
                  throw new IOException("disk full");
                }));

    assertEquals("old", Files.readString(file));
    assertFolderHolds(folder, "m.onnx");
  }

  private static void assertFolderHolds(Path folder, String... names) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(
          List.of(names), files.map(f -> String.valueOf(f.getFileName())).sorted().toList());
    }
  }

  private Model parse(byte[] bytes) throws IOException {
    return OnnxReader.parse(ByteBuffer.wrap(bytes), folder.resolve("m.onnx"));
  }

  private static Tensor tensor(Model model, String name) {
    return Objects.requireNonNull(model.graph().initializers().get(name), name);
  }
}
