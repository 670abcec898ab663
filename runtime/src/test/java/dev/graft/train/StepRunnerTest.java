package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.InitLoraWeights;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.data.Batch;
import dev.graft.data.Columns;
import dev.graft.data.Dataset;
import dev.graft.data.LabelMap;
import dev.graft.data.TokenizedSet;
import dev.graft.inject.ClassificationHead;
import dev.graft.ort.NativeHandles;
import dev.graft.session.BasePrecision;
import dev.graft.text.TextTokenizer;
import dev.graft.train.StepRunner.Gradient;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepRunnerTest {
  private static final int LABELS = 3;
  private static final double SCALE = 2;
  private static final List<TrainedModule> MODULES =
      TinyBase.MODULES.stream()
          .map(module -> new TrainedModule(module, TinyBase.HIDDEN, TinyBase.HIDDEN, 2, SCALE))
          .toList();

  @TempDir Path folder;
  private long handles;
  private TinyBase base;
  private TokenizedSet set;
  private LoraTraining adapter;
  private ParameterStore parameters;

  @BeforeEach
  void makeParameters() throws IOException {
    handles = NativeHandles.openCount();
    base = TinyBase.in(folder);
    TinyRun tiny = new TinyRun(folder);
    Dataset data = Dataset.read(tiny.data("data.jsonl", 12, LABELS, 4), Columns.defaults(), true);
    try (TextTokenizer tokenizer = TextTokenizer.open(base.tokenizer())) {
      set = TokenizedSet.of(data, LabelMap.of(data), tokenizer, 16);
    }
    Map<String, LoraWeights> lora = new HashMap<>();
    Random random = new Random(8);
    InitialAdapter.lora(MODULES, InitLoraWeights.DEFAULT, 1)
        .forEach(
            (module, weights) ->
                lora.put(module, new LoraWeights(weights.a(), noise(weights.b(), random))));
    adapter =
        new LoraTraining(
            LoraConfig.of(2, 2 * SCALE, new TargetModules.Suffixes(TinyBase.MODULES)),
            MODULES,
            lora,
            new HeadSetup(
                    new TrainingModels.BaseHead(ClassificationHead.linear(), Map.of(), List.of()),
                    TinyBase.HIDDEN,
                    1)
                .tensors(IntStream.range(0, LABELS).mapToObj(i -> "label" + i).toList()),
            UnaryOperator.identity());
    parameters = new ParameterStore(adapter);
  }

  private static FloatTensor noise(FloatTensor like, Random random) {
    float[] values = new float[like.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() * 0.3f;
    }
    return FloatTensor.of(like.shape(), values);
  }

  @AfterEach
  void freesAllNativeMemory() {
    parameters.close();
    assertEquals(handles, NativeHandles.openCount(), NativeHandles.describeOpen()::toString);
  }

  /** A step runner that is given batches. */
  private static final class Steps {
    private final StepRunner runner;
    private final BatchFeeds feeds;
    private final float[] weights;

    Steps(StepRunner runner, BatchFeeds feeds, float[] weights) {
      this.runner = runner;
      this.feeds = feeds;
      this.weights = weights;
    }

    Gradient gradient(List<Batch> batches) {
      return runner.gradient(
          ClassificationRows.rows(0, batches, batches, weights, feeds, () -> "rows of a test"));
    }

    void update(Gradient gradient, double learningRate, int step) {
      runner.update(gradient, learningRate, step);
    }
  }

  private interface Body {
    void run(Steps runner) throws IOException;
  }

  private void with(TrainingOptions options, float[] classWeights, Body body) throws IOException {
    try (BatchFeeds inputs =
            new BatchFeeds(base.base().baseInputs(), classWeights, options.labelSmoothing());
        TrainingSessions sessions =
            TrainingSessions.open(
                base,
                adapter,
                parameters.gradients().keySet(),
                BasePrecision.FP32,
                false,
                options.threads());
        AdamW optimizer = new AdamW(sessions.optimizer(), options)) {
      body.run(
          new Steps(
              new StepRunner(
                  sessions.training(),
                  optimizer,
                  parameters,
                  DropoutMasks.of(sessions.training().inputs(), adapter.dropout(), options.seed()),
                  options),
              inputs,
              classWeights));
    }
  }

  private static float[] ones() {
    return new float[] {1, 1, 1};
  }

  @Test
  void gradientsAreThoseOfTheUnscaledTensors() throws IOException {
    with(
        TinyRun.options().labelSmoothing(0.1).build(),
        new float[] {0.5f, 2, 1.5f},
        runner -> {
          List<Batch> batches = List.of(batch(0, 6));
          runner.gradient(batches);
          List<float[]> gradients = gradients();
          for (int g = 0; g < gradients.size(); g++) {
            ParameterGroup group = parameters.groups().get(g);
            FloatBuffer values = group.values().floatBuffer();
            for (int i = 0; i < group.size(); i++) {
              float before = values.get(i);
              float step = 1e-2f;
              values.put(i, before + step);
              group.publish();
              double up = runner.gradient(batches).loss();
              values.put(i, before - step);
              group.publish();
              double down = runner.gradient(batches).loss();
              values.put(i, before);
              group.publish();
              double slope = (up - down) / (2 * step);
              assertEquals(slope, gradients.get(g)[i], 2e-3, "group %d, value %d".formatted(g, i));
            }
          }
        });
  }

  @Test
  void accumulatedBatchesGiveTheGradientOfTheWholeBatch() throws IOException {
    with(
        TinyRun.options().labelSmoothing(0.1).build(),
        new float[] {0.5f, 2, 1.5f},
        runner -> {
          Gradient whole = runner.gradient(List.of(batch(0, 12)));
          List<float[]> expected = gradients();
          Gradient parts = runner.gradient(List.of(batch(0, 5), batch(5, 6), batch(6, 12)));
          assertEquals(whole.loss(), parts.loss(), 1e-6);
          assertEquals(whole.norm(), parts.norm(), 1e-6);
          List<float[]> found = gradients();
          for (int g = 0; g < found.size(); g++) {
            for (int i = 0; i < found.get(g).length; i++) {
              assertEquals(expected.get(g)[i], found.get(g)[i], 1e-6);
            }
          }
        });
  }

  @Test
  void lossIsTheWeightedMeanOfThatOfTheRows() throws IOException {
    float[] weights = {0.5f, 2, 1.5f};
    with(
        TinyRun.options().build(),
        weights,
        runner -> {
          double sum = 0;
          double weight = 0;
          for (int row = 0; row < 6; row++) {
            float w = weights[set.label(row)];
            sum += w * runner.gradient(List.of(batch(row, row + 1))).loss();
            weight += w;
          }
          assertEquals(sum / weight, runner.gradient(List.of(batch(0, 6))).loss(), 1e-5);
        });
  }

  @Test
  void ignoredRowsCountNothing() throws IOException {
    TokenizedSet unlabelled;
    try (TextTokenizer tokenizer = TextTokenizer.open(base.tokenizer())) {
      unlabelled = TokenizedSet.of(List.of("one two", "three"), tokenizer, 16);
    }
    with(
        TinyRun.options().labelSmoothing(0.1).build(),
        ones(),
        runner -> {
          Gradient counted = runner.gradient(List.of(batch(0, 4)));
          List<float[]> expected = gradients();
          Batch ignored = Batch.of(unlabelled, new int[] {0, 1}, 1);
          Gradient both = runner.gradient(List.of(batch(0, 4), ignored));
          assertEquals(counted.loss(), both.loss(), 1e-7);
          List<float[]> found = gradients();
          for (int g = 0; g < found.size(); g++) {
            for (int i = 0; i < found.get(g).length; i++) {
              assertEquals(expected.get(g)[i], found.get(g)[i], 1e-7);
            }
          }
          Gradient none = runner.gradient(List.of(ignored));
          assertEquals(0, none.loss());
          assertEquals(0, none.norm());
        });
  }

  @Test
  void clippingScalesTheGradientToItsNorm() throws IOException {
    // Without momentum's memory and decay, and epsilon so large that AdamW is nearly linear in the
    // gradient, the first update is the learning rate times the clipped gradient over epsilon.
    double epsilon = 1e4;
    TrainingOptions options =
        TinyRun.options().clip(0.01).epsilon(epsilon).weightDecay(0).loraPlusRatio(3).build();
    with(
        options,
        ones(),
        runner -> {
          Gradient gradient = runner.gradient(List.of(batch(0, 6)));
          assertTrue(gradient.norm() > 0.01, "the gradient is not clipped here");
          List<float[]> before = values();
          List<float[]> gradients = gradients();
          double rate = 1e5;
          runner.update(gradient, rate, 1);
          List<float[]> after = values();
          double clip = 0.01 / (gradient.norm() + 1e-6);
          for (int g = 0; g < after.size(); g++) {
            double ratio = parameters.groups().get(g).kind() == ParameterGroup.Kind.B ? 3 : 1;
            for (int i = 0; i < after.get(g).length; i++) {
              double expected = -ratio * rate / epsilon * clip * gradients.get(g)[i];
              double found = after.get(g)[i] - before.get(g)[i];
              assertEquals(expected, found, 1e-5 + 1e-3 * Math.abs(expected));
            }
          }
        });
  }

  private Batch batch(int from, int to) {
    int[] rows = new int[to - from];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = from + i;
    }
    return Batch.of(set, rows, 1);
  }

  private List<float[]> gradients() {
    List<float[]> copies = new ArrayList<>();
    for (ParameterGroup group : parameters.groups()) {
      copies.add(copy(group.gradient().floatBuffer()));
    }
    return copies;
  }

  private List<float[]> values() {
    List<float[]> copies = new ArrayList<>();
    for (ParameterGroup group : parameters.groups()) {
      copies.add(copy(group.values().floatBuffer()));
    }
    return copies;
  }

  private static float[] copy(FloatBuffer buffer) {
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }
}
