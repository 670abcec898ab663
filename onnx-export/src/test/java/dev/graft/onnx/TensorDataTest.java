package dev.graft.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.onnx.TensorData.FileRegion;
import dev.graft.onnx.TensorData.Widened;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorDataTest {
  private static final int MORE_THAN_A_PART = (1 << 20) + 6;

  @TempDir Path folder;

  @Test
  void widensHalves() throws IOException {
    Widened data = halves(ElementType.FLOAT16, 0x3c00, 0xc000, 0x0001, 0x7c00, 0x8000);

    assertArrayEquals(new float[] {1, -2, 0x1p-24f, Float.POSITIVE_INFINITY, -0f}, floats(data, 5));
  }

  @Test
  void widensBfloats() throws IOException {
    Widened data = halves(ElementType.BFLOAT16, 0x3f80, 0xc000, 0x0001, 0x7f80, 0x8000);

    assertArrayEquals(
        new float[] {1, -2, 0x1p-133f, Float.POSITIVE_INFINITY, -0f}, floats(data, 5));
  }

  @Test
  void partsAreTheWhole() throws IOException {
    byte[] content = new byte[MORE_THAN_A_PART];
    new Random(3).nextBytes(content);
    Path file = Files.write(folder.resolve("data"), content);
    FileRegion region = new FileRegion(file, 2, MORE_THAN_A_PART - 2);

    assertArrayEquals(bytes(region.bytes()), parts(region));
    Widened widened = new Widened(region, ElementType.BFLOAT16);
    assertArrayEquals(bytes(widened.bytes()), parts(widened));
    assertEquals(2 * (MORE_THAN_A_PART - 2), widened.sizeBytes());
    assertTrue(widened.bytes().isReadOnly());
  }

  @Test
  void refusesAFileThatBecameShorter() throws IOException {
    Path file = Files.write(folder.resolve("data"), new byte[64]);
    Widened data = new Widened(new FileRegion(file, 32, 32), ElementType.FLOAT16);
    Files.write(file, new byte[48]);

    assertThrows(IOException.class, () -> parts(data));
    assertThrows(UncheckedIOException.class, data::bytes);
  }

  @Test
  void refusesWhatOneTensorCannotHold() {
    Path file = folder.resolve("none");
    FileRegion large = new FileRegion(file, 0, Integer.MAX_VALUE - 1);

    assertThrows(IllegalArgumentException.class, () -> new Widened(large, ElementType.FLOAT16));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Widened(new FileRegion(file, 0, 8), ElementType.FLOAT));
  }

  private Widened halves(ElementType type, int... bits) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(2 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : bits) {
      bytes.putShort((short) value);
    }
    Path file = Files.write(folder.resolve("halves"), bytes.array());
    return new Widened(new FileRegion(file, 0, bytes.capacity()), type);
  }

  private static float[] floats(TensorData data, long count) {
    return new Tensor(ElementType.FLOAT, List.of(count), data).toFloats();
  }

  private static byte[] parts(TensorData data) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    data.forEachPart(part -> all.writeBytes(bytes(part)));
    return all.toByteArray();
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
