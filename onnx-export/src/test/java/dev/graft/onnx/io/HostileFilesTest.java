package dev.graft.onnx.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.graft.onnx.Model;
import dev.graft.onnx.check.GraphChecker;
import dev.graft.onnx.check.InvalidGraphException;
import dev.graft.onnx.io.proto.AttributeProto;
import dev.graft.onnx.io.proto.GraphProto;
import dev.graft.onnx.io.proto.ModelProto;
import dev.graft.onnx.io.proto.NodeProto;
import dev.graft.onnx.io.proto.OperatorSetIdProto;
import dev.graft.onnx.io.proto.SparseTensorProto;
import dev.graft.onnx.io.proto.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostileFilesTest {
  @TempDir Path folder;

  @Test
  void refusesWhatIsNoFile() throws Exception {
    assertRefused(folder, "is a directory; expected an .onnx file");
    assertRefused(new byte[0], "file is empty");
    assertThrows(NoSuchFileException.class, () -> OnnxReader.read(folder.resolve("nothing.onnx")));
  }

  @Test
  void refusesOtherKindsOfFiles() throws Exception {
    assertRefused("{\"a\": 1}\n", "not an ONNX model");
    assertRefused("PK\3\4 and so on, a zip file", "not an ONNX model");
    assertRefused("hello", "not an ONNX model");
    assertRefused(
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "git lfs pull");
    assertRefused(new byte[] {0x08, 0x07}, "it has no graph");
    assertRefused(new byte[] {0x3a, 0x00}, "it has no IR version");
    assertRefused(new byte[] {0x08, 0x07, 0x3a, 0x00}, "imports no operator set");
  }

  @Test
  void refusesATruncatedFile() throws Exception {
    byte[] whole = OnnxWriter.toBytes(SmallModels.varied(), folder);

    assertRefused(
        Arrays.copyOf(whole, whole.length / 2),
        "truncated or damaged ONNX model of %d bytes".formatted(whole.length / 2));
  }

  @Test
  void refusesLengthsBeyondTheFile() throws Exception {
    // A graph of 2^31 - 1 bytes, and one of 2^63.
    assertRefused(
        new byte[] {8, 7, 0x3a, -1, -1, -1, -1, 7, 0},
        "says it has 2147483647 bytes, but 1 remain");
    assertRefused(
        new byte[] {8, 7, 0x3a, -128, -128, -128, -128, -128, -128, -128, -128, -128, 1},
        "says it has 9223372036854775808 bytes, but 0 remain");
  }

  @Test
  void refusesSubgraphsWithoutEnd() throws Exception {
    GraphProto graph = GraphProto.newBuilder().setName("inner").build();
    ByteString encoded = graph.toByteString();
    for (int i = 0; i < 3000; i++) {
      // By hand, since the library cannot encode it either.
      encoded = wrap(GraphProto.NODE_FIELD_NUMBER, wrap(5, wrap(6, encoded)));
    }
    assertRefused(
        ByteString.copyFrom(new byte[] {8, 7}).concat(wrap(7, encoded)).toByteArray(),
        "nested deeper than 96 levels");
  }

  @Test
  void refusesMoreElementsThanTheHeapTakes() {
    ByteBuffer bytes = ByteBuffer.allocate(2_000_010);
    bytes.put(
        wrap(7, ByteString.copyFrom(repeated((byte) 0x0a, (byte) 0, 1_000_000))).toByteArray());

    var e =
        assertThrows(
            OnnxFormatException.class,
            () -> WireParser.parse(bytes.flip(), Path.of("m.onnx"), 64 << 20));

    assertTrue(
        String.valueOf(e.getMessage()).contains("more than 65536 nodes, values and attributes"),
        e.getMessage());
  }

  @Test
  void refusesTypedListsThatTheHeapCannotTake() {
    TensorProto.Builder big = SmallModels.floats(1).clearRawData();
    for (int i = 0; i < 1000; i++) {
      big.addFloatData(i);
    }
    ByteBuffer bytes = ByteBuffer.wrap(SmallModels.message(big).build().toByteArray());

    var e =
        assertThrows(
            OnnxFormatException.class, () -> WireParser.parse(bytes, Path.of("m.onnx"), 15_000));

    assertTrue(
        String.valueOf(e.getMessage()).contains("save the tensors as raw data"), e.getMessage());
  }

  @Test
  void refusesTensorsThatLieAboutTheirData() throws Exception {
    assertRefused(
        SmallModels.floats(3).setDims(0, 4),
        "initializer 'w': raw data has 12 bytes; a float tensor of shape [4] needs 16");
    assertRefused(
        SmallModels.floats(3).clearRawData().addFloatData(1),
        "initializer 'w': float_data has 1 elements; the shape needs 3");
    assertRefused(SmallModels.floats(3).setDims(0, -3), "shape [-3] has a negative dimension");
    assertRefused(
        SmallModels.floats(3).addDims(1L << 40).addDims(1L << 40), "has too many elements");
    assertRefused(SmallModels.floats(3).setDims(0, 1L << 61), "is too large");
    assertRefused(SmallModels.floats(3).setDataType(22), "element type number 22 is not supported");
    assertRefused(SmallModels.floats(3).setDataType(-5), "element type number -5");
    assertRefused(SmallModels.floats(3).setDataLocation(9), "data location 9 is not known");
    assertRefused(SmallModels.floats(3).setDataType(8), "string_data has 0 elements");
  }

  @Test
  void refusesExternalDataOutsideOfTheFolder() throws Exception {
    Path inside = Files.createDirectory(folder.resolve("inside"));
    Files.write(folder.resolve("secret.bin"), new byte[64]);
    Files.createSymbolicLink(inside.resolve("link.bin"), folder.resolve("secret.bin"));
    Files.createSymbolicLink(inside.resolve("up"), folder);
    Files.createDirectory(inside.resolve("dir"));
    Path model = inside.resolve("m.onnx");

    assertLocationRefused(
        model, "../secret.bin", "leaves the model's folder; expected a path inside");
    assertLocationRefused(model, "a/../../secret.bin", "leaves the model's folder");
    assertLocationRefused(model, "..\\secret.bin", "leaves the model's folder");
    assertLocationRefused(model, folder.resolve("secret.bin").toString(), "is absolute");
    assertLocationRefused(model, "C:\\secret.bin", "is absolute");
    assertLocationRefused(model, "link.bin", "by a symbolic link to");
    assertLocationRefused(model, "up/secret.bin", "by a symbolic link to");
    assertLocationRefused(model, "gone.bin", "does not exist");
    assertLocationRefused(model, "dir", "is not a regular file");
    assertLocationRefused(model, "", "is empty");
    assertLocationRefused(model, "a\0b", "is not a file name");
  }

  @Test
  void refusesExternalDataThatDoNotFit() throws Exception {
    Files.write(folder.resolve("w.bin"), new byte[64]);

    assertRefused(
        SmallModels.external("location", "w.bin", "offset", "60"),
        "external data 'w.bin' has 64 bytes; the tensor needs 8 from offset 60");
    assertRefused(
        SmallModels.external("location", "w.bin", "offset", Long.toString(Long.MAX_VALUE)),
        "needs 8 from offset 9223372036854775807");
    assertRefused(SmallModels.external("location", "w.bin", "length", "4"), "has length 4");
    assertRefused(SmallModels.external("location", "w.bin", "offset", "-1"), "offset is '-1'");
    assertRefused(SmallModels.external("location", "w.bin", "offset", "ten"), "offset is 'ten'");
    assertRefused(
        SmallModels.external("location", "w.bin", "location", "v.bin"), "two entries 'location'");
    assertRefused(
        SmallModels.external("location", "w.bin").setDims(0, 1L << 30),
        "has 4294967296 bytes; one tensor may hold at most 2147483647");
  }

  @Test
  void refusesNamesDefinedTwice() throws Exception {
    ModelProto.Builder model = SmallModels.message(SmallModels.floats(1));
    model.getGraphBuilder().addInitializer(SmallModels.floats(1));
    assertRefused(model.build().toByteArray(), "initializer 'w' is defined twice");

    model = SmallModels.message(SmallModels.floats(1));
    model.getGraphBuilder().addNode(model.getGraph().getNode(0));
    assertRefused(model.build().toByteArray(), "value 'y' is defined twice");

    model = SmallModels.message(SmallModels.floats(1));
    AttributeProto.Builder axis = AttributeProto.newBuilder().setName("axis").setI(1);
    model.getGraphBuilder().getNodeBuilder(0).addAttribute(axis).addAttribute(axis);
    assertRefused(model.build().toByteArray(), "attribute 'axis': is there twice");

    model = SmallModels.message(SmallModels.floats(1));
    model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("ai.onnx").setVersion(18));
    assertRefused(model.build().toByteArray(), "is imported in versions 17 and 18");
  }

  @Test
  void refusesNodesInACircle() throws Exception {
    ModelProto.Builder model = SmallModels.message(SmallModels.floats(1));
    model
        .getGraphBuilder()
        .addNode(NodeProto.newBuilder().setOpType("Neg").addInput("y").addOutput("x"));

    assertRefused(model.build().toByteArray(), "cycle through");
  }

  @Test
  void refusesSparseInitializersByName() throws Exception {
    ModelProto.Builder model = SmallModels.message(SmallModels.floats(1));
    model
        .getGraphBuilder()
        .addSparseInitializer(
            SparseTensorProto.newBuilder().setValues(TensorProto.newBuilder().setName("thin")));

    assertRefused(
        model.build().toByteArray(), "sparse initializer 'thin' is not supported; store it as");
  }

  @Test
  void survivesDamageOfEveryKind() throws Exception {
    byte[] good = OnnxWriter.toBytes(SmallModels.varied(), folder);
    Random random = new Random(42);
    int read = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] damaged = damage(good, random);
      try {
        Model model = OnnxReader.parse(ByteBuffer.wrap(damaged), folder.resolve("m.onnx"));
        read++;
        GraphChecker.check(model);
        OnnxWriter.toBytes(model, folder);
      } catch (OnnxFormatException | InvalidGraphException e) {
        assertTrue(String.valueOf(e.getMessage()).length() > 20, e.getMessage());
      } catch (RuntimeException | Error e) {
        throw new AssertionError("round %d".formatted(round), e);
      }
    }
    // Both outcomes have to be common, or the damage is not of an interesting size.
    assertTrue(read > 1000 && read < 19_000, "%d were read".formatted(read));
  }

  private static byte[] damage(byte[] good, Random random) {
    byte[] bytes = good.clone();
    switch (random.nextInt(4)) {
      case 0 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      case 2 -> {
        return Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      default -> {
        for (int i = 0; i < 5; i++) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
      }
    }
    return bytes;
  }

  private static ByteString wrap(int field, ByteString content) {
    ByteBuffer header = ByteBuffer.allocate(12);
    header.put((byte) (field << 3 | 2));
    long length = content.size();
    while (length >= 0x80) {
      header.put((byte) (length | 0x80));
      length >>>= 7;
    }
    header.put((byte) length);
    return ByteString.copyFrom(header.flip()).concat(content);
  }

  private static byte[] repeated(byte first, byte second, int times) {
    byte[] bytes = new byte[2 * times];
    for (int i = 0; i < bytes.length; i += 2) {
      bytes[i] = first;
      bytes[i + 1] = second;
    }
    return bytes;
  }

  private void assertRefused(String content, String message) throws IOException {
    assertRefused(content.getBytes(StandardCharsets.UTF_8), message);
  }

  private void assertRefused(TensorProto.Builder tensor, String message) throws IOException {
    assertRefused(SmallModels.message(tensor).build().toByteArray(), message);
  }

  private void assertRefused(byte[] content, String message) throws IOException {
    assertRefused(Files.write(folder.resolve("m.onnx"), content), message);
  }

  private static void assertLocationRefused(Path model, String location, String message)
      throws IOException {
    TensorProto.Builder tensor = SmallModels.external("location", location);
    Files.write(model, SmallModels.message(tensor).build().toByteArray());
    assertRefused(model, message);
  }

  private static void assertRefused(Path file, String message) {
    var e = assertThrows(OnnxFormatException.class, () -> OnnxReader.read(file));
    assertTrue(String.valueOf(e.getMessage()).contains(message), e.getMessage());
    assertTrue(String.valueOf(e.getMessage()).startsWith(file.toString()), e.getMessage());
    assertEquals(file, e.file());
  }
}
