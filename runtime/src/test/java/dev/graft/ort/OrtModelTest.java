package dev.graft.ort;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrtModelTest {
  private static final SessionSettings ONE_THREAD =
      SessionSettings.defaults().withIntraOpThreads(1).withSpinning(false);

  private long before;

  @BeforeEach
  void countHandles() {
    before = NativeHandles.openCount();
  }

  @AfterEach
  void everyHandleIsClosed() {
    assertEquals(before, NativeHandles.openCount(), () -> NativeHandles.describeOpen().toString());
  }

  @Test
  void multipliesMatricesOfAnyShape() {
    try (OrtModel model = open(TinyModels.matMul())) {
      for (int batch = 1; batch <= 3; batch++) {
        float[] ones = new float[batch * 2];
        Arrays.fill(ones, 1f);
        try (NativeTensor x = NativeTensor.of(ones, batch, 2);
            NativeTensor a = NativeTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
            RunResult result = model.run(Map.of("x", x, "a", a), List.of("z"))) {
          assertArrayEquals(new long[] {batch, 3}, result.shape("z"));
          assertEquals(5f, result.floats("z")[0]);
          assertEquals(9f, result.floats("z")[batch * 3 - 1]);
        }
      }
    }
  }

  @Test
  void aProductOverAnEmptyDimensionIsZero() {
    try (OrtModel model = open(TinyModels.matMul());
        NativeTensor x = NativeTensor.floats(2, 0);
        NativeTensor a = NativeTensor.floats(0, 3);
        RunResult result = model.run(Map.of("x", x, "a", a), List.of("z"))) {
      assertArrayEquals(new float[6], result.floats("z"));
    }
  }

  @Test
  void anEmptyOutputIsReadAsEmpty() {
    try (OrtModel model = open(TinyModels.matMul());
        NativeTensor x = NativeTensor.floats(0, 2);
        NativeTensor a = NativeTensor.floats(2, 3);
        RunResult result = model.run(Map.of("x", x, "a", a), List.of("z"))) {
      assertArrayEquals(new long[] {0, 3}, result.shape("z"));
      assertArrayEquals(new float[0], result.floats("z"));
    }
  }

  @Test
  void passesEveryIntegerTypeAndBools() {
    try (OrtModel model = open(TinyModels.identity(TinyModels.INT64));
        NativeTensor in = NativeTensor.of(new long[] {Long.MIN_VALUE, 7}, 2);
        RunResult result = model.run(Map.of("in", in), List.of("out"))) {
      assertArrayEquals(new long[] {Long.MIN_VALUE, 7}, result.longs("out"));
    }
    try (OrtModel model = open(TinyModels.identity(TinyModels.INT32));
        NativeTensor in = NativeTensor.of(new int[] {-1, 7}, 2);
        RunResult result = model.run(Map.of("in", in), List.of("out"))) {
      assertArrayEquals(new int[] {-1, 7}, result.ints("out"));
    }
    try (OrtModel model = open(TinyModels.identity(TinyModels.BOOL));
        NativeTensor in = NativeTensor.bools(3)) {
      in.byteBuffer().put(1, (byte) 1);
      try (RunResult result = model.run(Map.of("in", in), List.of("out"))) {
        assertArrayEquals(new boolean[] {false, true, false}, result.bools("out"));
      }
    }
  }

  @Test
  void writesToATensorBetweenRunsAreSeen() {
    try (OrtModel model = open(TinyModels.identity(TinyModels.FLOAT));
        NativeTensor in = NativeTensor.floats(1)) {
      for (float value : new float[] {3f, -4f}) {
        in.floatBuffer().put(0, value);
        try (RunResult result = model.run(Map.of("in", in), List.of("out"))) {
          assertArrayEquals(new float[] {value}, result.floats("out"));
        }
      }
    }
  }

  @Test
  void pinnedOutputsAreWrittenInPlaceAndStayTheCallers() {
    try (OrtModel model = open(TinyModels.sumAndDifference());
        NativeTensor zulu = NativeTensor.of(new float[] {5, 6}, 2);
        NativeTensor alpha = NativeTensor.of(new float[] {1, 2}, 2);
        NativeTensor sum = NativeTensor.floats(2)) {
      try (RunResult result =
          model.run(
              Map.of("zulu", zulu, "alpha", alpha), List.of("difference"), Map.of("sum", sum))) {
        assertArrayEquals(new float[] {4, 4}, result.floats("difference"));
        assertArrayEquals(new float[] {6, 8}, result.floats("sum"));
      }
      assertEquals(8f, sum.floatBuffer().get(1));
    }
  }

  @Test
  void keepsTheModelsOrderOfNames() {
    try (OrtModel model = open(TinyModels.sumAndDifference())) {
      assertEquals(List.of("zulu", "alpha"), model.inputNames());
      assertEquals(List.of("sum", "difference"), model.outputNames());
      assertEquals("[N]", model.inputs().get(0).shapeText());
    }
  }

  @Test
  void anUnknownInputIsAnsweredWithTheNearest() {
    try (OrtModel model = open(TinyModels.sumAndDifference());
        NativeTensor t = NativeTensor.floats(1)) {
      String e =
          refusal(
              IllegalArgumentException.class,
              () -> model.run(Map.of("alpah", t, "zulu", t), List.of("sum")));
      assertEquals(
          "model \"tiny\" has no input \"alpah\", it has \"zulu\", \"alpha\"; did you mean \"alpha\"?",
          e);
    }
  }

  @Test
  void namesAMissingInputAndAnUnknownOutput() {
    try (OrtModel model = open(TinyModels.sumAndDifference());
        NativeTensor t = NativeTensor.floats(1)) {
      String missing =
          refusal(
              IllegalArgumentException.class, () -> model.run(Map.of("zulu", t), List.of("sum")));
      assertEquals("model \"tiny\" was not given \"alpha\"", missing);
      String output =
          refusal(
              IllegalArgumentException.class,
              () -> model.run(Map.of("zulu", t, "alpha", t), List.of("sums")));
      assertTrue(output.endsWith("did you mean \"sum\"?"), output);
    }
  }

  @Test
  void aWrongShapeNamesInputFoundAndExpected(@TempDir Path folder) throws IOException {
    Files.write(folder.resolve("w.bin"), new byte[16]);
    ModelSource source = ModelSource.of("tiny", TinyModels.external("w.bin", 0)).withFolder(folder);
    try (OrtModel model = OrtRuntime.open(source, ONE_THREAD);
        NativeTensor x = NativeTensor.floats(4, 3);
        NativeTensor whole = NativeTensor.longs(4, 2)) {
      String shape =
          refusal(IllegalArgumentException.class, () -> model.run(Map.of("x", x), List.of("y")));
      assertEquals("input \"x\" of model \"tiny\" has shape [4, 3], expected [B, 2]", shape);
      String type =
          refusal(
              IllegalArgumentException.class, () -> model.run(Map.of("x", whole), List.of("y")));
      assertEquals("tensor for \"x\" of model \"tiny\" holds INT64, expected FLOAT", type);
    }
  }

  @Test
  void aFailingKernelIsNamedWithoutNoise() {
    try (OrtModel model = open(TinyModels.matMul());
        NativeTensor x = NativeTensor.floats(2, 3);
        NativeTensor a = NativeTensor.floats(4, 5)) {
      String e = refusal(OrtFailure.class, () -> model.run(Map.of("x", x, "a", a), List.of("z")));
      assertTrue(e.startsWith("running model \"tiny\" on {"), e);
      assertTrue(e.contains("node \"MatMul_of_z\" (MatMul): "), e);
      assertFalse(e.contains("onnxruntime"), e);
    }
  }

  @Test
  void refusesWhatIsNotAModel() {
    String e =
        refusal(OrtFailure.class, () -> open("not a model".getBytes(StandardCharsets.UTF_8)));
    assertTrue(e.startsWith("opening model \"tiny\" on cpu failed: "), e);
  }

  @Test
  void anUnknownOperatorIsNamed() {
    String e = refusal(OrtFailure.class, () -> open(TinyModels.unknownOperator()));
    assertTrue(e.contains("Frobnicate"), e);
  }

  @Test
  void aResultOutlivesItsModel() {
    OrtModel model = open(TinyModels.identity(TinyModels.FLOAT));
    RunResult result;
    try (NativeTensor in = NativeTensor.of(new float[] {1, 2, 3}, 3)) {
      result = model.run(Map.of("in", in), List.of("out"));
    }
    model.close();
    assertArrayEquals(new float[] {1, 2, 3}, result.floats("out"));
    result.close();
    assertThrows(IllegalStateException.class, () -> result.floats("out"));
  }

  @Test
  void aClosedModelOrTensorIsRefused() {
    OrtModel model = open(TinyModels.identity(TinyModels.FLOAT));
    NativeTensor in = NativeTensor.floats(1);
    in.close();
    in.close();
    assertThrows(IllegalStateException.class, () -> model.run(Map.of("in", in), List.of("out")));
    assertThrows(IllegalStateException.class, in::floatBuffer);
    model.close();
    model.close();
    try (NativeTensor open = NativeTensor.floats(1)) {
      String e =
          refusal(IllegalStateException.class, () -> model.run(Map.of("in", open), List.of("out")));
      assertEquals("model \"tiny\" is closed", e);
    }
  }

  @Test
  void eightThreadsShareOneModelAndEachGetsItsOwnAnswer() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try (OrtModel model = open(TinyModels.matMul());
        NativeTensor doubling = NativeTensor.of(new float[] {2}, 1, 1)) {
      List<Future<Integer>> wrong = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        int mine = t;
        wrong.add(pool.submit(() -> wrongAnswers(model, doubling, mine)));
      }
      for (Future<Integer> answer : wrong) {
        assertEquals(0, answer.get());
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static int wrongAnswers(OrtModel model, NativeTensor doubling, int thread) {
    int wrong = 0;
    for (int i = 0; i < 300; i++) {
      float value = thread * 1000 + i;
      try (NativeTensor x = NativeTensor.of(new float[] {value}, 1, 1);
          RunResult result = model.run(Map.of("x", x, "a", doubling), List.of("z"))) {
        wrong += result.floats("z")[0] == 2 * value ? 0 : 1;
      }
    }
    return wrong;
  }

  @Test
  void closingModelAndTensorDuringRunsLetsThemFinishRight() throws Exception {
    int size = 192;
    ExecutorService pool = Executors.newFixedThreadPool(3);
    try {
      for (int round = 0; round < 8; round++) {
        OrtModel model = open(TinyModels.slow(24));
        NativeTensor x = NativeTensor.floats(size, size);
        for (int i = 0; i < size; i++) {
          x.floatBuffer().put(i * size + i, 1f);
        }
        CountDownLatch started = new CountDownLatch(3);
        List<Future<String>> runs = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
          runs.add(pool.submit(() -> runUntilClosed(model, x, started)));
        }
        started.await();
        x.close();
        model.close();
        for (Future<String> run : runs) {
          assertEquals("closed", run.get());
        }
      }
    } finally {
      pool.shutdownNow();
    }
  }

  /**
   * Run until the model or its input is closed; any other outcome is a description of the wrong
   * answer.
   */
  private static String runUntilClosed(OrtModel model, NativeTensor x, CountDownLatch started) {
    while (true) {
      try (RunResult result = model.run(Map.of("x", x), List.of("y23"))) {
        float[] y = result.floats("y23");
        if (y[0] != 1f || y[1] != 0f || y[y.length - 1] != 1f) {
          return "wrong answer " + y[0];
        }
      } catch (IllegalStateException e) {
        return "closed";
      } finally {
        started.countDown();
      }
    }
  }

  private static OrtModel open(byte[] graph) {
    return OrtRuntime.open(ModelSource.of("tiny", graph), ONE_THREAD);
  }
}
