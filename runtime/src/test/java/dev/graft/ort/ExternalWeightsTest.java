package dev.graft.ort;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExternalWeightsTest {
  private static final SessionSettings SETTINGS =
      SessionSettings.defaults().withIntraOpThreads(1).withPrepacking(false);
  private static final int OFFSET = 64;

  @TempDir Path folder;
  private long before;

  @BeforeEach
  void writeWeights() throws IOException {
    before = NativeHandles.openCount();
    ByteBuffer bytes =
        ByteBuffer.allocate(OFFSET + 16).order(ByteOrder.LITTLE_ENDIAN).position(OFFSET);
    for (float value : new float[] {1, 2, 3, 4}) {
      bytes.putFloat(value);
    }
    Files.write(folder.resolve("w.bin"), bytes.array());
  }

  @AfterEach
  void everyHandleIsClosed() {
    assertEquals(before, NativeHandles.openCount(), () -> NativeHandles.describeOpen().toString());
  }

  @Test
  void aModelInMemoryFindsItsWeightsInTheFolder() {
    try (OrtModel model = OrtRuntime.open(inFolder(), SETTINGS)) {
      assertArrayEquals(new float[] {4, 6}, product(model));
    }
  }

  @Test
  void aModelFileFindsItsWeightsBesideIt() throws IOException {
    Path file = Files.write(folder.resolve("m.onnx"), TinyModels.external("w.bin", OFFSET));
    try (OrtModel model = OrtRuntime.open(ModelSource.file(file), SETTINGS)) {
      assertArrayEquals(new float[] {4, 6}, product(model));
    }
  }

  @Test
  void sharedWeightsReplaceTheFilesAndOutliveTheirOwnersClose() {
    NativeTensor other = NativeTensor.of(new float[] {10, 20, 30, 40}, 2, 2);
    ExternalWeights weights = ExternalWeights.of(Map.of("w", other));
    try (OrtModel first = OrtRuntime.open(inFolder().withWeights(weights), SETTINGS);
        OrtModel second = OrtRuntime.open(inFolder().withWeights(weights), SETTINGS)) {
      weights.close();
      assertThrows(
          IllegalStateException.class,
          () -> OrtRuntime.open(inFolder().withWeights(weights), SETTINGS));
      assertArrayEquals(new float[] {40, 60}, product(first));
      assertArrayEquals(new float[] {40, 60}, product(second));
    }
  }

  @Test
  void sharedWeightsAreUsedInPlace() {
    NativeTensor own = NativeTensor.of(new float[] {1, 2, 3, 4}, 2, 2);
    try (ExternalWeights weights = ExternalWeights.of(Map.of("w", own));
        OrtModel first = OrtRuntime.open(inFolder().withWeights(weights), SETTINGS);
        OrtModel second = OrtRuntime.open(inFolder().withWeights(weights), SETTINGS)) {
      own.floatBuffer().put(0, 100f);
      assertArrayEquals(new float[] {103, 6}, product(first));
      assertArrayEquals(new float[] {103, 6}, product(second));
    }
  }

  @Test
  void aSharedWeightOfAnotherShapeOrTypeIsRefused() {
    for (NativeTensor wrong :
        List.of(NativeTensor.floats(2, 1), NativeTensor.floats(4), NativeTensor.longs(2, 2))) {
      try (ExternalWeights weights = ExternalWeights.of(Map.of("w", wrong))) {
        String e =
            refusal(
                OrtFailure.class,
                () -> OrtRuntime.open(inFolder().withWeights(weights), SETTINGS).close());
        assertEquals(
            "shared weight \"w\" is %s, but model \"tiny\" has it with shape [2, 2] and ONNX element type 1"
                .formatted(wrong),
            e);
      }
    }
  }

  @Test
  void aModelUsesOnlyTheSharedWeightsItHas() {
    try (ExternalWeights weights = ExternalWeights.of(Map.of("other", NativeTensor.floats(1)));
        OrtModel model = OrtRuntime.open(inFolder().withWeights(weights), SETTINGS)) {
      assertArrayEquals(new float[] {4, 6}, product(model));
    }
  }

  @Test
  void mapsSlicesOfAFile() throws IOException {
    var slice = new ExternalWeights.Slice("w", ElementType.FLOAT, List.of(2L, 2L), OFFSET);
    try (ExternalWeights weights = ExternalWeights.map(folder.resolve("w.bin"), List.of(slice));
        OrtModel model = OrtRuntime.open(inFolder().withWeights(weights), SETTINGS)) {
      assertEquals(List.of("w"), weights.names());
      assertArrayEquals(new float[] {4, 6}, product(model));
    }
  }

  @Test
  void aSliceBeyondTheFilesEndIsRefused() {
    var good = new ExternalWeights.Slice("a", ElementType.FLOAT, List.of(2L, 2L), OFFSET);
    var bad = new ExternalWeights.Slice("w", ElementType.FLOAT, List.of(2L, 3L), OFFSET);
    String e =
        refusal(
            IOException.class,
            () -> ExternalWeights.map(folder.resolve("w.bin"), List.of(good, bad)));
    assertTrue(e.startsWith("weight \"w\" needs 24 bytes at offset 64 of "), e);
  }

  @Test
  void weightsOutsideTheFolderAreRefused() throws IOException {
    Path inner = Files.createDirectory(folder.resolve("inner"));
    ModelSource source =
        ModelSource.of("tiny", TinyModels.external("../w.bin", OFFSET)).withFolder(inner);
    String e = refusal(OrtFailure.class, () -> OrtRuntime.open(source, SETTINGS));
    assertTrue(e.startsWith("opening model \"tiny\" on cpu failed: "), e);
  }

  @Test
  void aMissingWeightsFileIsNamed() throws IOException {
    Files.delete(folder.resolve("w.bin"));
    String e = refusal(OrtFailure.class, () -> OrtRuntime.open(inFolder(), SETTINGS));
    assertTrue(e.contains("w.bin"), e);
  }

  private ModelSource inFolder() {
    return ModelSource.of("tiny", TinyModels.external("w.bin", OFFSET)).withFolder(folder);
  }

  private static float[] product(OrtModel model) {
    try (NativeTensor x = NativeTensor.of(new float[] {1, 1}, 1, 2);
        RunResult result = model.run(Map.of("x", x), List.of("y"))) {
      return result.floats("y");
    }
  }
}
