package dev.graft.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.BundleGraph;
import dev.graft.export.ExportOptions;
import dev.graft.export.Task;
import dev.graft.inject.LoraDropout;
import dev.graft.inject.SlotSpecialization;
import dev.graft.ort.ElementType;
import dev.graft.ort.NativeHandles;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.RunResult;
import dev.graft.ort.SessionSettings;
import dev.graft.ort.TensorSpec;
import dev.graft.testmodels.TinyCheckpoints;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The graphs of decoders' bundles, run on ONNX Runtime, for every family. */
class DecoderGraphsTest {
  private static final int RANK = 2;
  private static final int VIRTUAL = 3;
  private static final double DROPOUT = 0.3;

  @TempDir Path folder;
  private long handles;

  static List<String> families() {
    return TinyCheckpoints.DECODERS;
  }

  @BeforeEach
  void countHandles() {
    handles = NativeHandles.openCount();
  }

  @AfterEach
  void freesAllNativeMemory() {
    assertEquals(handles, NativeHandles.openCount(), NativeHandles.describeOpen()::toString);
  }

  private Bundle bundle(String family) throws IOException {
    Path checkpoint = TinyCheckpoints.of(family).write(folder.resolve(family));
    return BundleExporter.export(
            checkpoint,
            Optional.empty(),
            ExportOptions.of(Task.TEXT_GENERATION),
            folder.resolve(family + "-bundle"))
        .bundle();
  }

  private static OrtModel open(BundleSessions sessions, BundleGraph graph) throws IOException {
    Set<String> slots = Set.copyOf(sessions.bundle().manifest().slotModules());
    boolean prefix = graph == BundleGraph.PREFIX_TRAINING || graph == BundleGraph.PREFIX_EVAL;
    return sessions.open(graph, prefix ? Set.of() : slots, List.of(), SessionSettings.defaults());
  }

  @ParameterizedTest
  @MethodSource("families")
  void gradientsOfLoraAgreeWithFiniteDifferences(String family) throws IOException {
    checkGradients(bundle(family), BundleGraph.TRAINING, BundleGraph.EVAL, 0);
  }

  @ParameterizedTest
  @MethodSource("families")
  void gradientsOfPrefixesAgreeWithFiniteDifferences(String family) throws IOException {
    checkGradients(bundle(family), BundleGraph.PREFIX_TRAINING, BundleGraph.PREFIX_EVAL, VIRTUAL);
  }

  @ParameterizedTest
  @MethodSource("families")
  void gradientsWithDropoutAgreeWithFiniteDifferences(String family) throws IOException {
    Bundle bundle = bundle(family);
    try (BundleSessions sessions = BundleSessions.of(bundle);
        OrtModel training = dropping(sessions);
        Feeds feeds = Feeds.of(training, Rows.twoTexts(0))) {
      long masks = training.inputNames().stream().filter(n -> n.endsWith(".lora_keep")).count();
      assertEquals(bundle.manifest().slots().size(), masks);
      checkGradients(training, training, feeds);
    }
  }

  @Test
  void dropoutKeepsAllScaledUpOrDropsTheAdapterWhole() throws IOException {
    try (BundleSessions sessions = BundleSessions.of(bundle("llama"));
        OrtModel plain = open(sessions, BundleGraph.TRAINING);
        OrtModel dropping = dropping(sessions);
        Feeds feeds = Feeds.of(dropping, Rows.twoTexts(0))) {
      feeds.keepAll(true);
      double kept = feeds.loss(dropping);
      feeds.keepAll(false);
      double dropped = feeds.loss(dropping);
      feeds.scaleUpdates(1 / (1 - DROPOUT));
      assertEquals(feeds.lossOf(plain), kept, 1e-5);
      feeds.scaleUpdates(0);
      assertEquals(feeds.lossOf(plain), dropped, 1e-5);
      assertNotEquals(kept, dropped, 1e-3);
    }
  }

  private static OrtModel dropping(BundleSessions sessions) throws IOException {
    return sessions.open(
        BundleGraph.TRAINING,
        Set.copyOf(sessions.bundle().manifest().slotModules()),
        List.of(),
        BasePrecision.FP32,
        graph -> LoraDropout.apply(graph, DROPOUT),
        SessionSettings.defaults());
  }

  private static void checkGradients(
      Bundle bundle, BundleGraph trained, BundleGraph evaluated, int virtual) throws IOException {
    try (BundleSessions sessions = BundleSessions.of(bundle);
        OrtModel training = open(sessions, trained);
        OrtModel eval = open(sessions, evaluated);
        Feeds feeds = Feeds.of(training, Rows.twoTexts(virtual))) {
      checkGradients(training, eval, feeds);
    }
  }

  private static void checkGradients(OrtModel training, OrtModel eval, Feeds feeds) {
    Map<String, float[]> gradients = feeds.gradients(training);
    assertTrue(gradients.size() >= 4, () -> "only " + gradients.keySet());
    for (Map.Entry<String, float[]> entry : gradients.entrySet()) {
      double norm = norm(entry.getValue());
      assertTrue(norm > 1e-6, () -> "the gradient of " + entry.getKey() + " is zero");
      double wide = feeds.slope(eval, entry.getKey(), entry.getValue(), norm, 2e-2);
      double narrow = feeds.slope(eval, entry.getKey(), entry.getValue(), norm, 1e-2);
      // Richardson's extrapolation: the error of a central difference falls with the step's
      // square.
      assertEquals(norm, (4 * narrow - wide) / 3, 2e-2 * norm + 3e-4, entry.getKey());
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void textsPackedIntoOneRowHaveTheLossAndGradientOfRowsOfTheirOwn(String family)
      throws IOException {
    for (int virtual : new int[] {0, VIRTUAL}) {
      BundleGraph graph = virtual == 0 ? BundleGraph.TRAINING : BundleGraph.PREFIX_TRAINING;
      Path own = folder.resolve("packed-" + virtual);
      DecoderGraphsTest at = new DecoderGraphsTest();
      at.folder = own;
      try (BundleSessions sessions = BundleSessions.of(at.bundle(family));
          OrtModel training = open(sessions, graph);
          Feeds apart = Feeds.of(training, Rows.twoTexts(virtual));
          Feeds packed = Feeds.of(training, Rows.packed(virtual))) {
        assertEquals(apart.loss(training), packed.loss(training), 1e-5);
        Map<String, float[]> expected = apart.gradients(training);
        packed
            .gradients(training)
            .forEach(
                (name, found) ->
                    assertArrayEquals(expected.get(name), found, 1e-4f, family + " " + name));
      }
    }
  }

  @Test
  void lossIsThatOfTheLogitsThatInferenceGives() throws IOException {
    try (BundleSessions sessions = BundleSessions.of(bundle("qwen3"));
        OrtModel eval = open(sessions, BundleGraph.EVAL);
        OrtModel inference = open(sessions, BundleGraph.INFERENCE);
        Feeds feeds = Feeds.of(eval, Rows.oneText())) {
      float[] logits = feeds.lastLogits(inference);
      double sum = 0;
      for (float logit : logits) {
        sum += Math.exp(logit);
      }
      double nll = Math.log(sum) - logits[(int) Rows.LAST_LABEL];
      assertEquals(nll, feeds.loss(eval), 1e-4);
    }
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float v : values) {
      sum += (double) v * v;
    }
    return Math.sqrt(sum);
  }

  /** Token inputs and labels. */
  private record Rows(
      int rows,
      int tokens,
      int virtual,
      List<Long> ids,
      List<Long> mask,
      List<Long> positions,
      List<Long> labelPositions,
      List<Long> labels) {
    static final long LAST_LABEL = 9;
    private static final List<Long> FIRST = List.of(5L, 17L, 33L, 8L, 21L);
    private static final List<Long> SECOND = List.of(40L, 6L, 12L);

    /** Rows of five and three tokens; all but the first token of each are predicted. */
    static Rows twoTexts(int virtual) {
      return new Rows(
          2,
          5,
          virtual,
          List.of(5L, 17L, 33L, 8L, 21L, 40L, 6L, 12L, 0L, 0L),
          List.of(1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 0L, 0L),
          List.of(0L, 1L, 2L, 3L, 4L, 0L, 1L, 2L, 0L, 0L),
          List.of(0L, 1L, 2L, 3L, 5L, 6L),
          List.of(17L, 33L, 8L, 21L, 6L, 12L));
    }

    /** The same as two segments of one row. */
    static Rows packed(int virtual) {
      List<Long> ids = new ArrayList<>(FIRST);
      ids.addAll(SECOND);
      return new Rows(
          1,
          8,
          virtual,
          ids,
          List.of(1L, 1L, 1L, 1L, 1L, 2L, 2L, 2L),
          List.of(0L, 1L, 2L, 3L, 4L, 0L, 1L, 2L),
          List.of(0L, 1L, 2L, 3L, 5L, 6L),
          List.of(17L, 33L, 8L, 21L, 6L, 12L));
    }

    /** One row whose last token predicts one more. */
    static Rows oneText() {
      return new Rows(
          1,
          5,
          0,
          FIRST,
          List.of(1L, 1L, 1L, 1L, 1L),
          List.of(0L, 1L, 2L, 3L, 4L),
          List.of(4L),
          List.of(LAST_LABEL));
    }

    List<Long> fullMask() {
      List<Long> full = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        for (int i = 0; i < virtual; i++) {
          full.add(-1L);
        }
        full.addAll(mask.subList(row * tokens, (row + 1) * tokens));
      }
      return full;
    }

    List<Long> shifted() {
      return positions.stream().map(p -> p + virtual).toList();
    }
  }

  /** Rows, and random adapter tensors that depend on their names alone. */
  private static final class Feeds implements AutoCloseable {
    private final Map<String, NativeTensor> tensors = new HashMap<>();
    private final List<String> adapter = new ArrayList<>();
    private final Rows rows;

    private Feeds(Rows rows) {
      this.rows = rows;
    }

    static Feeds of(OrtModel model, Rows rows) {
      Feeds feeds = new Feeds(rows);
      for (TensorSpec spec : model.inputs()) {
        feeds.tensors.put(spec.name(), feeds.input(spec));
      }
      return feeds;
    }

    private NativeTensor input(TensorSpec spec) {
      return switch (spec.name()) {
        case "input_ids" -> longs(rows.ids(), rows.rows(), rows.tokens());
        case "attention_mask" ->
            longs(rows.fullMask(), rows.rows(), rows.virtual() + rows.tokens());
        case "position_ids" -> longs(rows.shifted(), rows.rows(), rows.tokens());
        case "label_positions" -> longs(rows.labelPositions(), rows.labelPositions().size());
        case "labels" -> longs(rows.labels(), rows.labels().size());
        case "label_weights" -> {
          NativeTensor ones = NativeTensor.floats(rows.labels().size());
          for (int i = 0; i < rows.labels().size(); i++) {
            ones.floatBuffer().put(i, 1);
          }
          yield ones;
        }
        case "loss_scale" -> {
          NativeTensor scale = NativeTensor.floats();
          scale.floatBuffer().put(0, 1f / rows.labels().size());
          yield scale;
        }
        default -> spec.type() == ElementType.BOOL ? mask(spec) : random(spec);
      };
    }

    /** A mask that drops about a third. */
    private NativeTensor mask(TensorSpec spec) {
      long features = spec.shape().get(spec.shape().size() - 1);
      NativeTensor mask =
          spec.shape().size() == 3
              ? NativeTensor.bools(rows.rows(), rows.tokens(), features)
              : NativeTensor.bools(rows.labelPositions().size(), features);
      Random random = new Random(spec.name().hashCode());
      for (int i = 0; i < mask.size(); i++) {
        mask.byteBuffer().put(i, (byte) (random.nextInt(3) == 0 ? 0 : 1));
      }
      return mask;
    }

    void keepAll(boolean keep) {
      for (NativeTensor tensor : tensors.values()) {
        for (int i = 0; tensor.type() == ElementType.BOOL && i < tensor.size(); i++) {
          tensor.byteBuffer().put(i, (byte) (keep ? 1 : 0));
        }
      }
    }

    /** Multiplies every B by a factor. */
    void scaleUpdates(double factor) {
      for (String name : adapter) {
        FloatBuffer values = tensor(name).floatBuffer();
        for (int i = 0; name.endsWith(".lora_B") && i < values.capacity(); i++) {
          values.put(i, (float) (values.get(i) * factor));
        }
      }
    }

    /** The loss of a graph that has fewer inputs. */
    double lossOf(OrtModel model) {
      Map<String, NativeTensor> own = new HashMap<>(tensors);
      own.keySet().retainAll(model.inputNames());
      try (RunResult result = model.run(own, List.of("loss"))) {
        return result.floatBuffer("loss").get(0);
      }
    }

    private NativeTensor tensor(String name) {
      NativeTensor tensor = tensors.get(name);
      if (tensor == null) {
        throw new IllegalArgumentException(name);
      }
      return tensor;
    }

    private NativeTensor random(TensorSpec spec) {
      adapter.add(spec.name());
      long[] shape = new long[spec.shape().size()];
      for (int i = 0; i < shape.length; i++) {
        long size = spec.shape().get(i);
        boolean prefix = spec.name().startsWith("prefix.");
        shape[i] = size > 0 ? size : prefix ? rows.virtual() : RANK;
      }
      NativeTensor tensor = NativeTensor.floats(shape);
      Random random = new Random(spec.name().hashCode());
      FloatBuffer values = tensor.floatBuffer();
      for (int i = 0; i < values.capacity(); i++) {
        values.put(i, (float) random.nextGaussian() * 0.3f);
      }
      return tensor;
    }

    private static NativeTensor longs(List<Long> values, long... shape) {
      return NativeTensor.of(values.stream().mapToLong(Long::longValue).toArray(), shape);
    }

    double loss(OrtModel model) {
      try (RunResult result = model.run(tensors, List.of("loss"))) {
        return result.floatBuffer("loss").get(0);
      }
    }

    Map<String, float[]> gradients(OrtModel training) {
      List<String> outputs = adapter.stream().map(SlotSpecialization::gradientOf).toList();
      try (RunResult result = training.run(tensors, outputs)) {
        Map<String, float[]> gradients = new TreeMap<>();
        adapter.forEach(
            name -> gradients.put(name, result.floats(SlotSpecialization.gradientOf(name))));
        return gradients;
      }
    }

    /** The derivative of the loss along a direction, by a central difference. */
    double slope(OrtModel eval, String name, float[] direction, double norm, double step) {
      FloatBuffer values = tensor(name).floatBuffer();
      float[] before = new float[direction.length];
      values.get(0, before);
      for (int i = 0; i < before.length; i++) {
        values.put(i, (float) (before[i] + step * direction[i] / norm));
      }
      double up = loss(eval);
      for (int i = 0; i < before.length; i++) {
        values.put(i, (float) (before[i] - step * direction[i] / norm));
      }
      double down = loss(eval);
      values.put(0, before);
      return (up - down) / (2 * step);
    }

    /** What the inference graph says after the row, with the same adapter. */
    float[] lastLogits(OrtModel inference) {
      Map<String, NativeTensor> feeds = new HashMap<>();
      List<NativeTensor> own = new ArrayList<>();
      try {
        for (TensorSpec spec : inference.inputs()) {
          String name = spec.name();
          NativeTensor known = tensors.get(name);
          if (known != null && !adapter.contains(name)) {
            feeds.put(name, known);
            continue;
          }
          NativeTensor made = known != null ? stacked(known) : other(spec);
          own.add(made);
          feeds.put(name, made);
        }
        try (RunResult result = inference.run(feeds, List.of("logits"))) {
          return result.floats("logits");
        }
      } finally {
        own.forEach(NativeTensor::close);
      }
    }

    private static NativeTensor stacked(NativeTensor tensor) {
      float[] values = new float[Math.toIntExact(tensor.size())];
      tensor.floatBuffer().get(0, values);
      return NativeTensor.of(values, 1, tensor.shape()[0], tensor.shape()[1]);
    }

    private NativeTensor other(TensorSpec spec) {
      return switch (spec.name()) {
        case "last_token" -> NativeTensor.of(new long[] {rows.tokens() - 1}, 1);
        case "adapter_index" -> NativeTensor.of(new long[] {0}, 1);
        default -> NativeTensor.floats(1, spec.shape().get(1), 0, spec.shape().get(3));
      };
    }

    @Override
    public void close() {
      tensors.values().forEach(NativeTensor::close);
    }
  }
}
