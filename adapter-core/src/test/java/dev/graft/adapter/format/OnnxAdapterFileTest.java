package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.FloatTensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files are {@code .onnx_adapter} files, and what their tensors are called. */
class OnnxAdapterFileTest {
  @TempDir Path folder;

  private Path write(Map<String, FloatTensor> tensors) throws IOException {
    Path path = folder.resolve("a.onnx_adapter");
    OnnxAdapterFile.write(path, new TreeMap<>(tensors), TensorDtype.F32);
    return path;
  }

  private static String refusal(Path path) {
    return assertThrows(AdapterFormatException.class, () -> new OnnxAdapterFormat().read(path))
        .getMessage();
  }

  @Test
  void keepsShapesOfEveryRank() throws IOException {
    SortedMap<String, FloatTensor> tensors = new TreeMap<>();
    tensors.put("scalar", Samples.tensor(1));
    tensors.put("empty", FloatTensor.zeros(List.of(0L, 4L)));
    tensors.put("cube", Samples.tensor(2, 2, 3, 4));

    assertEquals(tensors, OnnxAdapterFile.read(write(tensors)));
  }

  @Test
  void alignsItsDataToEightBytes() throws IOException {
    Path path = write(Map.of("abc", FloatTensor.of(List.of(1L), new float[] {123.25f})));
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    while (file.getFloat(at) != 123.25f) {
      at++;
    }

    assertEquals(0, at % 8);
    assertEquals(4, file.getInt(at - 4));
  }

  @Test
  void saysHowLongAFileIsThatCannotBeOne() throws IOException {
    Path path = folder.resolve("a.onnx_adapter");
    Files.write(path, new byte[8]);
    assertTrue(refusal(path).endsWith("8 bytes are not the size of an .onnx_adapter file"));
    Files.write(path, new byte[9]);
    assertTrue(refusal(path).contains("expected the identifier \"TORT\""));
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(Integer.MAX_VALUE - 15L);
    }
    assertTrue(refusal(path).contains("2147483632 bytes are not the size"));
  }

  @Test
  void saysHowManyBytesAreTooManyForOneFile() {
    FloatTensor million = FloatTensor.zeros(List.of(1000L, 1000L));
    SortedMap<String, FloatTensor> tensors = new TreeMap<>();
    for (int i = 100; i < 400; i++) {
      tensors.put("m" + i, million);
    }

    var problem =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                OnnxAdapterFile.write(folder.resolve("a.onnx_adapter"), tensors, TensorDtype.F32));

    long each = 4_000_000 + 3 * 4 + 8 * 2 + 96;
    assertTrue(
        String.valueOf(problem.getMessage())
            .contains("takes about %d bytes, more than".formatted(1024 + 300 * each)),
        problem.getMessage());
    assertFalse(Files.exists(folder.resolve("a.onnx_adapter")));
  }

  @Test
  void saysWhichTensorIsNotFinite() throws IOException {
    FloatTensor infinite = FloatTensor.of(List.of(1L, 1L), new float[] {Float.NaN});

    assertTrue(
        refusal(write(Map.of("m.lora_A.weight", infinite, "m.lora_B.weight", infinite)))
            .contains("/m.lora_A.weight: has a NaN"));
  }

  @Test
  void isFoundByItsNameOrItsFirstBytes() throws IOException {
    Path named = Files.writeString(folder.resolve("a.onnx_adapter"), "x");
    Path bytes = Files.write(folder.resolve("b"), new byte[] {1, 0, 0, 0, 'T', 'O', 'R', 'T'});
    Path other = Files.write(folder.resolve("c"), new byte[] {1, 0, 0, 0, 'T', 'O', 'R', 'X'});
    Path few = Files.write(folder.resolve("d"), new byte[] {1, 0, 0, 0, 'T', 'O', 'R'});

    assertTrue(new OnnxAdapterFormat().detect(named));
    assertTrue(new OnnxAdapterFormat().detect(bytes));
    assertFalse(new OnnxAdapterFormat().detect(other));
    assertFalse(new OnnxAdapterFormat().detect(few));
    assertFalse(new OnnxAdapterFormat().detect(folder));
  }

  @Test
  void saysWhichTensorOfAFactorIsWrong() throws IOException {
    FloatTensor matrix = Samples.tensor(1, 2, 2);
    String name = "m.lora_A.weight";
    String other = "m.lora_B.weight";

    assertTrue(
        refusal(write(Map.of(name, matrix, other, Samples.tensor(1, 2))))
            .endsWith("/m.lora_B.weight: expected a matrix, found shape [2]"));
    assertTrue(
        refusal(write(Map.of(name, matrix, other, Samples.tensor(1, 3, 2))))
            .contains("/m: after transposing: "));
    assertTrue(
        refusal(write(Map.of(name, matrix, other, matrix, "m.dora_A.x", matrix)))
            .contains("/m.dora_A.x: unexpected adapter tensor"));
    assertTrue(refusal(write(Map.of(other, matrix))).contains("/m.lora_A.weight: missing"));
  }

  @Test
  void saysWhichPartOfAPrefixIsWrong() throws IOException {
    FloatTensor part = Samples.tensor(1, 2, 3, 4);

    assertTrue(
        refusal(write(Map.of("prefix.0.key", part)))
            .endsWith("/prefix.0.value: missing; each layer needs a key and a value"));
    assertTrue(refusal(write(Map.of("prefix.0.value", part))).contains("/prefix.0.key: missing"));
    assertTrue(
        refusal(write(Map.of("prefix.0.key", part, "prefix.0.value", Samples.tensor(1, 2, 2, 4))))
            .contains("/prefix.0: "));
    assertTrue(
        refusal(write(Map.of("prefix.0.key", part, "prefix.0.value", part, "prefix.01.key", part)))
            .contains("/prefix.01.key: unexpected after 1 whole layers"));
  }

  @Test
  void takesLayersForPartsOnlyInTheirOwnForm() {
    assertTrue(PrefixOnnx.isPart("prefix.10.key"));
    assertFalse(PrefixOnnx.isPart("prefix.01.key"));
    assertFalse(PrefixOnnx.isPart("a.prefix.0.key"));
  }

  @Test
  void readsAnAdapterOfAHeadAlone() throws IOException {
    Path path = write(Map.of("head", Samples.tensor(1, 2), "a.b.bias", Samples.tensor(2, 2)));

    var read = new OnnxAdapterFormat().load(path, ReadOptions.allowingIneffective()).adapter();

    assertEquals(List.of("a.b", "head"), read.config().modulesToSave());
  }
}
