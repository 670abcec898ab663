package dev.graft.ort;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrtSettingsTest {
  @Test
  void everySettingIsAcceptedByTheRuntime(@TempDir Path folder) {
    Path optimized = folder.resolve("optimized.onnx");
    SessionSettings settings =
        SessionSettings.defaults()
            .withIntraOpThreads(2)
            .withSpinning(false)
            .withPrepacking(false)
            .withMemoryPattern(false)
            .withCpuArena(false)
            .withDeterministic(true)
            .withOptimization(SessionSettings.Optimization.BASIC)
            .withOptimizedModelPath(optimized)
            .withProfiling(folder.resolve("profile").toString())
            .withConfig("optimization.disable_specified_optimizers", "ConstantFolding");
    try (OrtModel model = OrtRuntime.open(ModelSource.of("tiny", TinyModels.matMul()), settings);
        NativeTensor one = NativeTensor.of(new float[] {1}, 1, 1);
        RunResult result = model.run(Map.of("x", one, "a", one), List.of("z"))) {
      assertEquals(1f, result.floats("z")[0]);
      assertTrue(Files.exists(optimized));
      assertTrue(Files.exists(model.endProfiling()));
    }
  }

  @Test
  void withersChangeOneSettingAndKeepTheRest() {
    SessionSettings changed =
        SessionSettings.defaults().withDeterministic(true).withIntraOpThreads(3);
    assertTrue(changed.deterministic());
    assertEquals(3, changed.intraOpThreads());
    assertEquals(
        SessionSettings.defaults(), changed.withDeterministic(false).withIntraOpThreads(0));
  }

  @Test
  void refusesNegativeThreadsAndDevices() {
    assertThrows(
        IllegalArgumentException.class, () -> SessionSettings.defaults().withIntraOpThreads(-1));
    assertThrows(IllegalArgumentException.class, () -> new Device.Cuda(-1));
  }

  @Test
  void cudaOnABuildWithoutItSaysWhichJarHasIt() {
    Assumptions.assumeFalse(OrtInfo.current().providers().contains("CUDA"), "this build has CUDA");
    String e =
        refusal(
            OrtFailure.class,
            () ->
                OrtRuntime.open(
                    ModelSource.of("tiny", TinyModels.matMul()),
                    SessionSettings.defaults().withDevice(new Device.Cuda(0))));
    assertTrue(e.contains("device is cuda:0") && e.contains("onnxruntime_gpu"), e);
  }

  @Test
  void tellsVersionAndProviders() {
    OrtInfo info = OrtInfo.current();
    assertTrue(info.version().matches("1\\.\\d+\\.\\d+.*"), info.version());
    assertTrue(info.providers().contains("CPU"));
  }

  @Test
  void aLibraryThatDoesNotLoadIsExplained() {
    assertTrue(
        Library.explain(
                new UnsatisfiedLinkError(
                    "Error loading shared library ld-linux-x86-64.so.2: No such file"))
            .contains("musl"));
    assertTrue(
        Library.explain(
                new UnsatisfiedLinkError("/lib64/libm.so.6: version `GLIBC_2.27' not found"))
            .contains("too old"));
    assertTrue(
        Library.explain(
                new NoClassDefFoundError("x")
                    .initCause(new UnsatisfiedLinkError("libstdc++.so.6: cannot open shared")))
            .contains("libstdc++ is missing"));
    assertTrue(
        Library.explain(new UnsatisfiedLinkError("failed to map segment from shared object"))
            .contains("noexec"));
    assertTrue(Library.explain(new UnsatisfiedLinkError("odd")).contains("graft doctor"));
  }

  @Test
  void messagesLoseCodesAndSourceLines() {
    String raw =
        "Error code - ORT_RUNTIME_EXCEPTION - message: Non-zero status code returned while running MatMul node."
            + " Name:'m' Status Message: /build/onnxruntime/core/providers/cpu/math/matmul_helper.h:59 onnxruntime::common::Status"
            + " onnxruntime::MatMulComputeHelper::Compute(const onnxruntime::TensorShape&, bool) left cannot multiply right";
    assertEquals("node \"m\" (MatMul): left cannot multiply right", OrtFailure.clean(raw));
  }

  @Test
  void tensorsRefuseWrongCountsShapesAndBuffers() {
    String count =
        refusal(IllegalArgumentException.class, () -> NativeTensor.of(new float[3], 2, 2));
    assertEquals("3 values for a tensor of shape [2, 2], expected 4", count);
    assertThrows(IllegalArgumentException.class, () -> NativeTensor.floats(-1));
    assertThrows(IllegalArgumentException.class, () -> NativeTensor.floats(1 << 20, 1 << 20));
    assertThrows(IllegalArgumentException.class, () -> NativeTensor.floats(Long.MAX_VALUE, 4));
    String heap =
        refusal(
            IllegalArgumentException.class,
            () -> NativeTensor.wrap(ByteBuffer.allocate(4), ElementType.FLOAT, 1));
    assertTrue(heap.contains("on the heap"), heap);
    try (NativeTensor tensor = NativeTensor.floats()) {
      assertEquals(1, tensor.size());
      assertThrows(IllegalStateException.class, tensor::longBuffer);
    }
  }

  @Test
  void anOpenTensorIsCountedWithItsOrigin() {
    long before = NativeHandles.openCount();
    try (NativeTensor tensor = NativeTensor.floats(3)) {
      assertEquals(3, tensor.size());
      assertEquals(before + 1, NativeHandles.openCount());
      assertTrue(
          NativeHandles.describeOpen().stream()
              .anyMatch(
                  line ->
                      line.startsWith("FLOAT tensor [3] made at")
                          && line.contains("OrtSettingsTest")),
          NativeHandles.describeOpen().toString());
    }
    assertFalse(
        NativeHandles.describeOpen().stream()
            .anyMatch(line -> line.contains("anOpenTensorIsCounted")));
    assertEquals(before, NativeHandles.openCount());
  }
}
