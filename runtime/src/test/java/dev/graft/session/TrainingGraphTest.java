package dev.graft.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.TargetModules;
import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.BundleGraph;
import dev.graft.export.ExportOptions;
import dev.graft.export.Slot;
import dev.graft.export.Task;
import dev.graft.inject.LoraDropout;
import dev.graft.inject.SlotSpecialization;
import dev.graft.ort.ElementType;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.RunResult;
import dev.graft.ort.SessionSettings;
import dev.graft.ort.TensorSpec;
import dev.graft.testmodels.EmbeddedMiniLm;
import dev.graft.testmodels.TinyEncoders;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole training graphs, run on ONNX Runtime. */
class TrainingGraphTest {
  private static final int ROWS = 4;
  private static final int TOKENS = 9;
  private static final int LABELS = 5;
  private static final int RANK = 3;
  private static final List<String> SCALARS = List.of("label_smoothing", "loss_scale");

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(TinyEncoders.Style.class)
  void gradientsAgreeWithFiniteDifferences(TinyEncoders.Style style) throws IOException {
    Bundle bundle = TinyBundles.export(folder, style);
    try (BundleSessions sessions = BundleSessions.of(bundle);
        OrtModel training = open(sessions, BundleGraph.TRAINING, m -> true);
        OrtModel eval = open(sessions, BundleGraph.EVAL, m -> true);
        Feeds feeds = Feeds.random(bundle, training, 3)) {
      Set<String> trainable = feeds.trainable();
      assertEquals(2 * bundle.manifest().slots().size() + 2, trainable.size());
      Map<String, float[]> gradients = gradients(training, feeds);
      for (String name : trainable) {
        assertDirectionalDerivative(eval, feeds, name, of(gradients, name));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TinyEncoders.Style.class)
  void gradientsWithDropoutAgreeWithFiniteDifferences(TinyEncoders.Style style) throws IOException {
    Bundle bundle = TinyBundles.export(folder, style);
    Set<String> slots = Set.copyOf(bundle.manifest().slotModules());
    try (BundleSessions sessions = BundleSessions.of(bundle);
        OrtModel training =
            sessions.open(
                BundleGraph.TRAINING,
                slots,
                List.of(),
                BasePrecision.FP32,
                graph -> LoraDropout.apply(graph, 0.3),
                SessionSettings.defaults().withIntraOpThreads(1));
        Feeds feeds = Feeds.random(bundle, training, 3)) {
      Map<String, float[]> gradients = gradients(training, feeds);
      assertEquals(2 * slots.size() + 2, gradients.size());
      for (String name : feeds.trainable()) {
        assertDirectionalDerivative(training, feeds, name, of(gradients, name));
      }
    }
  }

  @Test
  void theGraphOfARealEncoderAgreesWithFiniteDifferences() throws IOException {
    Path model = EmbeddedMiniLm.extract(folder.resolve("minilm"));
    Bundle bundle =
        BundleExporter.export(
                model,
                Optional.of(model.resolveSibling(EmbeddedMiniLm.TOKENIZER)),
                ExportOptions.of(Task.TEXT_CLASSIFICATION)
                    .withTargets(TargetModules.suffixes("query", "value")),
                folder.resolve("bundle"))
            .bundle();
    try (BundleSessions sessions = BundleSessions.of(bundle);
        OrtModel training = open(sessions, BundleGraph.TRAINING, m -> true);
        OrtModel eval = open(sessions, BundleGraph.EVAL, m -> true);
        Feeds feeds = Feeds.random(bundle, training, 3)) {
      // Updates of a trained adapter's size: larger ones saturate the attention and bend the loss.
      feeds.trainable().forEach(name -> feeds.scale(name, 0.2f));
      Map<String, float[]> gradients = gradients(training, feeds);
      assertEquals(26, gradients.size());
      for (String name : feeds.trainable()) {
        if (!name.contains("layer.") || name.contains("layer.0.") || name.contains("layer.3.")) {
          assertDirectionalDerivative(eval, feeds, name, of(gradients, name));
        }
      }
    }
  }

  /** Compares the derivative along the gradient itself, where rounding matters least. */
  private static void assertDirectionalDerivative(
      OrtModel eval, Feeds feeds, String name, float[] gradient) {
    double norm = 0;
    for (float g : gradient) {
      norm += (double) g * g;
    }
    norm = Math.sqrt(norm);
    assertTrue(norm > 1e-6, () -> "the gradient of " + name + " is zero");
    double wide = slope(eval, feeds, name, gradient, norm, 2e-2);
    double narrow = slope(eval, feeds, name, gradient, norm, 1e-2);
    // Richardson's extrapolation: the error of a central difference falls with the step's square.
    double numeric = (4 * narrow - wide) / 3;
    assertEquals(norm, numeric, 2e-2 * norm + 2e-4, name);
  }

  private static double slope(
      OrtModel eval, Feeds feeds, String name, float[] gradient, double norm, double step) {
    double up = feeds.lossMoved(eval, name, gradient, step / norm);
    double down = feeds.lossMoved(eval, name, gradient, -step / norm);
    return (up - down) / (2 * step);
  }

  @Test
  void aSpecialisedGraphComputesWhatTheWholeOneDoesWithZeros() throws IOException {
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.TORCHSCRIPT);
    Predicate<String> chosen = m -> m.contains("layer.1") && m.endsWith("query");
    try (BundleSessions sessions = BundleSessions.of(bundle);
        OrtModel whole = open(sessions, BundleGraph.TRAINING, m -> true);
        OrtModel part = open(sessions, BundleGraph.TRAINING, chosen);
        Feeds feeds = Feeds.random(bundle, whole, 5)) {
      for (Slot slot : bundle.manifest().slots()) {
        if (!chosen.test(slot.module())) {
          feeds.fill(slot.a(), 0);
          feeds.fill(slot.b(), 0);
        }
      }
      Map<String, float[]> all = gradients(whole, feeds);
      Feeds fewer = feeds.only(part);
      Map<String, float[]> some = gradients(part, fewer);

      assertEquals(4, fewer.trainable().size());
      assertEquals(feeds.loss(whole), fewer.loss(part), 1e-6);
      some.forEach(
          (name, gradient) -> {
            for (int i = 0; i < gradient.length; i++) {
              assertEquals(of(all, name)[i], gradient[i], 1e-5, name);
            }
          });
    }
  }

  @Test
  void ignoredRowsChangeNothing() throws IOException {
    Bundle bundle = TinyBundles.export(folder, TinyEncoders.Style.DYNAMO);
    try (BundleSessions sessions = BundleSessions.of(bundle);
        OrtModel training = open(sessions, BundleGraph.TRAINING, m -> true);
        Feeds feeds = Feeds.random(bundle, training, 8)) {
      of(feeds.tensors, "labels").longBuffer().put(1, -100);
      double before = feeds.loss(training);
      of(feeds.tensors, "input_ids").longBuffer().put(TOKENS + 2, 11);
      assertEquals(before, feeds.loss(training), 1e-7);
    }
  }

  private static OrtModel open(
      BundleSessions sessions, BundleGraph graph, Predicate<String> modules) throws IOException {
    Set<String> kept =
        sessions.bundle().manifest().slotModules().stream()
            .filter(modules)
            .collect(Collectors.toSet());
    return sessions.open(graph, kept, List.of(), SessionSettings.defaults().withIntraOpThreads(1));
  }

  private static Map<String, float[]> gradients(OrtModel training, Feeds feeds) {
    Map<String, float[]> gradients = new TreeMap<>();
    try (RunResult result = training.run(feeds.tensors, training.outputNames())) {
      for (String name : feeds.trainable()) {
        gradients.put(name, result.floats(SlotSpecialization.gradientOf(name)));
      }
    }
    return gradients;
  }

  private static <T> T of(Map<String, T> map, String name) {
    return Objects.requireNonNull(map.get(name), name);
  }

  /** One set of inputs. */
  private static final class Feeds implements AutoCloseable {
    final Map<String, NativeTensor> tensors = new HashMap<>();

    static Feeds random(Bundle bundle, OrtModel model, long seed) {
      Random random = new Random(seed);
      Feeds feeds = new Feeds();
      for (TensorSpec input : model.inputs()) {
        feeds.tensors.put(input.name(), tensor(bundle, input, random));
      }
      feeds.fill("class_weights", 1);
      feeds.fill("label_smoothing", 0.1f);
      feeds.fill("loss_scale", 1f / ROWS);
      return feeds;
    }

    private static NativeTensor tensor(Bundle bundle, TensorSpec input, Random random) {
      if (input.type() == ElementType.INT64) {
        return longs(input.name(), random);
      }
      if (input.type() == ElementType.BOOL) {
        return mask(input, random);
      }
      long[] shape = shape(bundle, input.name());
      NativeTensor tensor = NativeTensor.floats(shape);
      FloatBuffer values = tensor.floatBuffer();
      for (int i = 0; i < tensor.size(); i++) {
        values.put(i, (float) (0.3 * random.nextGaussian()));
      }
      return tensor;
    }

    /** What dropout keeps, about two thirds. */
    private static NativeTensor mask(TensorSpec input, Random random) {
      assertEquals(3, input.shape().size(), input::shapeText);
      NativeTensor mask = NativeTensor.bools(ROWS, TOKENS, input.shape().get(2));
      for (int i = 0; i < mask.size(); i++) {
        mask.byteBuffer().put(i, (byte) (random.nextInt(3) == 0 ? 0 : 1));
      }
      return mask;
    }

    private static NativeTensor longs(String name, Random random) {
      boolean perRow = name.equals("labels");
      NativeTensor tensor = perRow ? NativeTensor.longs(ROWS) : NativeTensor.longs(ROWS, TOKENS);
      for (int i = 0; i < tensor.size(); i++) {
        long value =
            switch (name) {
              case "labels" -> random.nextInt(LABELS);
              case "input_ids" -> 5 + random.nextInt(100);
              case "attention_mask" -> i % TOKENS < TOKENS - i / TOKENS ? 1 : 0;
              default -> 0;
            };
        tensor.longBuffer().put(i, value);
      }
      return tensor;
    }

    private static long[] shape(Bundle bundle, String name) {
      for (Slot slot : bundle.manifest().slots()) {
        if (name.equals(slot.a())) {
          return new long[] {slot.in(), RANK};
        }
        if (name.equals(slot.b())) {
          return new long[] {RANK, slot.out()};
        }
      }
      if (SCALARS.contains(name)) {
        return new long[0];
      }
      return name.equals("classifier.weight")
          ? new long[] {bundle.manifest().hiddenSize(), LABELS}
          : new long[] {LABELS};
    }

    Set<String> trainable() {
      return tensors.keySet().stream()
          .filter(
              n -> n.contains(".lora_A") || n.contains(".lora_B") || n.startsWith("classifier."))
          .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** The inputs that another graph has, shared with this. */
    Feeds only(OrtModel model) {
      Feeds fewer = new Feeds();
      model.inputNames().forEach(name -> fewer.tensors.put(name, tensors.get(name)));
      return fewer;
    }

    void fill(String name, float value) {
      FloatBuffer values = of(tensors, name).floatBuffer();
      for (int i = 0; i < values.limit(); i++) {
        values.put(i, value);
      }
    }

    void scale(String name, float factor) {
      FloatBuffer values = of(tensors, name).floatBuffer();
      for (int i = 0; i < values.limit(); i++) {
        values.put(i, factor * values.get(i));
      }
    }

    double loss(OrtModel model) {
      Map<String, NativeTensor> own = new HashMap<>(tensors);
      own.keySet().retainAll(model.inputNames());
      try (RunResult result = model.run(own, List.of("loss"))) {
        return result.floats("loss")[0];
      }
    }

    double lossMoved(OrtModel model, String name, float[] direction, double distance) {
      FloatBuffer values = of(tensors, name).floatBuffer();
      float[] before = new float[values.limit()];
      values.get(0, before);
      for (int i = 0; i < before.length; i++) {
        values.put(i, (float) (before[i] + distance * direction[i]));
      }
      try {
        return loss(model);
      } finally {
        values.put(0, before);
      }
    }

    @Override
    public void close() {
      tensors.values().forEach(NativeTensor::close);
    }
  }
}
