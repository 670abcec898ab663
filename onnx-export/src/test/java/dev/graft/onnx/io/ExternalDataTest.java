package dev.graft.onnx.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExternalDataTest {
  @TempDir Path folder;

  @Test
  void storesEqualBytesOnce() throws Exception {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("a", floats(1000, 1));
    tensors.put("b", floats(1000, 2));
    tensors.put("c", floats(1000, 1));

    ExternalData.Written written = ExternalData.write(tensors, folder.resolve("w.bin"));

    assertEquals(region(written, "a"), region(written, "c"));
    assertNotEquals(region(written, "a"), region(written, "b"));
    assertEquals(2 * 4000 + 96, written.sizeBytes());
    tensors.forEach((name, tensor) -> assertTrue(tensor.sameContent(get(written, name)), name));
  }

  @Test
  void leavesSmallAndStringTensorsAsTheyAre() throws Exception {
    Tensor small = floats(255, 1);
    Tensor words = Tensor.strings(List.of(1L), List.of(ByteBuffer.allocate(5000)));
    Tensor large = floats(256, 1);

    ExternalData.Written written =
        ExternalData.write(
            Map.of("small", small, "words", words, "large", large), folder.resolve("w.bin"));

    assertSame(small, get(written, "small"));
    assertSame(words, get(written, "words"));
    assertEquals(0, region(written, "large").offset());
    assertEquals(1024, written.sizeBytes());
  }

  @Test
  void alignsTensorsByTheirSize() throws Exception {
    assertEquals(64, ExternalData.alignment(0));
    assertEquals(64, ExternalData.alignment(1024));
    assertEquals(4096, ExternalData.alignment(65536));
    assertEquals(65536, ExternalData.alignment(1 << 20));
    assertEquals(65536, ExternalData.alignment(1L << 40));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < 20; i++) {
      tensors.put("t" + i, floats(300 + i * i * 997, i));
    }

    ExternalData.Written written = ExternalData.write(tensors, folder.resolve("w.bin"));

    long sum = 0;
    for (String name : tensors.keySet()) {
      TensorData.FileRegion region = region(written, name);
      assertEquals(0, region.offset() % ExternalData.alignment(region.length()), name);
      sum += region.length();
    }
    assertTrue(written.sizeBytes() < sum * 1.07, "%d for %d".formatted(written.sizeBytes(), sum));
  }

  @Test
  void writesTheSameFileTwiceAndTellsItsDigest() throws Exception {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("a", floats(3000, 1));
    tensors.put("b", floats(5000, 2));

    ExternalData.Written one = ExternalData.write(tensors, folder.resolve("1.bin"));
    ExternalData.Written two = ExternalData.write(tensors, folder.resolve("2.bin"));

    byte[] content = Files.readAllBytes(one.file());
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
    assertEquals(HexFormat.of().formatHex(digest), one.sha256());
    assertEquals(one.sha256(), two.sha256());
    assertEquals(-1, Files.mismatch(one.file(), two.file()));
  }

  @Test
  void replacesTheFileThatTensorsLieIn() throws Exception {
    Path file = folder.resolve("w.bin");
    Map<String, Tensor> first = new LinkedHashMap<>();
    first.put("a", floats(1000, 1));
    first.put("b", floats(1000, 2));
    Map<String, Tensor> reversed = new LinkedHashMap<>();
    ExternalData.Written before = ExternalData.write(first, file);
    reversed.put("b", get(before, "b"));
    reversed.put("a", get(before, "a"));

    ExternalData.Written after = ExternalData.write(reversed, file);

    first.forEach((name, tensor) -> assertTrue(tensor.sameContent(get(after, name)), name));
  }

  private static Tensor floats(int count, float seed) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = seed + i;
    }
    return Tensor.floats(List.of((long) count), values);
  }

  private static Tensor get(ExternalData.Written written, String name) {
    return Objects.requireNonNull(written.tensors().get(name), name);
  }

  private static TensorData.FileRegion region(ExternalData.Written written, String name) {
    return (TensorData.FileRegion) get(written, name).data();
  }
}
