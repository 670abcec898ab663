package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.data.ExampleEncoder;
import dev.graft.data.GenerationColumns;
import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.ExportOptions;
import dev.graft.export.Task;
import dev.graft.session.BasePrecision;
import dev.graft.testmodels.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Training decoders, from files to an adapter that was measured. */
class DecoderTrainerTest {
  @TempDir Path folder;
  private TrainingData data;

  @BeforeEach
  void writeData() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 24; i++) {
      rows.append("{\"prompt\":\"no %d \",\"completion\":\"yes %d\"}%n".formatted(i, i));
    }
    Path file = folder.resolve("pairs.jsonl");
    Files.writeString(file, rows);
    data = TrainingData.of(file).withEval(file);
  }

  private Bundle bundle(String family) throws IOException {
    return BundleExporter.export(
            TinyCheckpoints.of(family).write(folder.resolve("checkpoint")),
            Optional.empty(),
            ExportOptions.of(Task.TEXT_GENERATION),
            folder.resolve("bundle"))
        .bundle();
  }

  private static TrainingOptions options(TrainedType type) {
    TrainingOptionsBuilder options = TrainingOptions.builder().adapterType(type);
    if (type == TrainedType.PREFIX) {
      options.virtualTokens(4);
    }
    return options
        .learningRate(0.05)
        .batchSize(8)
        .maxLength(48)
        .maxSteps(OptionalInt.of(9))
        .threads(OptionalInt.of(1))
        .build();
  }

  private TextScore score(Bundle bundle, Optional<Adapter> adapter) throws IOException {
    return TextScorer.score(
            bundle,
            adapter,
            new TextScorer.Request(
                data.train(),
                GenerationColumns.defaults(),
                ExampleEncoder.Loss.ANSWERS,
                BasePrecision.FP32,
                OptionalInt.of(1)))
        .score();
  }

  @ParameterizedTest
  @EnumSource(TrainedType.class)
  void anAdapterPredictsItsTextsBetterThanItsBase(TrainedType type) throws IOException {
    Bundle bundle = bundle("llama");
    Path run = folder.resolve("run");
    TrainingResult result =
        Trainer.train(
            bundle, data, options(type), run, TrainingListener.none(), StopSignal.never());

    Adapter adapter = new PeftFormat().read(run.resolve("adapter"));
    TextScore after = score(bundle, Optional.of(adapter));
    TextScore before = score(bundle, Optional.empty());
    assertTrue(
        after.meanNll() < 0.9 * before.meanNll(),
        () -> "%s before, %s after".formatted(before, after));
    double best = result.record().bestEval().orElseThrow().evalLoss();
    assertEquals(best, after.meanNll(), 1e-4 * best);
    assertEquals(24, after.texts());
  }

  @ParameterizedTest
  @EnumSource(TrainedType.class)
  void resumesPackedTextsWithTheSameBits(TrainedType type) throws IOException {
    Bundle bundle = bundle("qwen2");
    TrainingOptions packed =
        options(type).toBuilder().pack(true).maxLength(64).batchSize(2).build();
    Path whole = folder.resolve("whole");
    Trainer.train(bundle, data, packed, whole, TrainingListener.none(), StopSignal.never());
    Path run = folder.resolve("run");
    TinyRun.StopAfter stop = new TinyRun.StopAfter(4);
    assertTrue(Trainer.train(bundle, data, packed, run, stop, stop).stopped());
    Trainer.resume(
        bundle,
        data,
        Trainer.optionsOf(run).orElseThrow(),
        run,
        TrainingListener.none(),
        StopSignal.never());
    assertEquals(TinyRun.bytes(whole.resolve("adapter")), TinyRun.bytes(run.resolve("adapter")));
    assertEquals(TinyRun.timelessMetrics(whole), TinyRun.timelessMetrics(run));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 40, 4096})
  void theSizeOfARunChangesNoLoss(int tokensPerRun) throws IOException {
    Bundle bundle = bundle("gpt2");
    TrainingOptions one =
        options(TrainedType.LORA).toBuilder()
            .maxSteps(OptionalInt.of(1))
            .shuffle(false)
            .tokensPerRun(tokensPerRun)
            .build();
    TrainingResult result =
        Trainer.train(
            bundle, data, one, folder.resolve("run"), TrainingListener.none(), StopSignal.never());
    TrainingResult reference =
        Trainer.train(
            bundle,
            data,
            one.toBuilder().tokensPerRun(128).build(),
            folder.resolve("reference"),
            TrainingListener.none(),
            StopSignal.never());
    assertEquals(reference.lastLoss(), result.lastLoss(), 1e-5 * reference.lastLoss());
  }

  private static TrainingOptions dropping(double probability) {
    // All texts in one batch, so that a step has the same texts however they are laid out.
    return options(TrainedType.LORA).toBuilder()
        .loraDropout(probability)
        .batchSize(24)
        .maxSteps(OptionalInt.of(4))
        .build();
  }

  private TrainingResult train(Bundle bundle, TrainingOptions options, String run)
      throws IOException {
    return Trainer.train(
        bundle, data, options, folder.resolve(run), TrainingListener.none(), StopSignal.never());
  }

  @Test
  void whatIsDroppedDependsOnTheTextsAlone() throws IOException {
    Bundle bundle = bundle("qwen3");
    double whole = train(bundle, dropping(0.5), "whole").lastLoss();
    double parts =
        train(bundle, dropping(0.5).toBuilder().tokensPerRun(40).build(), "parts").lastLoss();
    double packed =
        train(bundle, dropping(0.5).toBuilder().pack(true).maxLength(64).build(), "packed")
            .lastLoss();
    double otherSeed = train(bundle, dropping(0.5).toBuilder().seed(43).build(), "seed").lastLoss();
    double without = train(bundle, dropping(0), "without").lastLoss();
    assertEquals(whole, parts, 1e-4 * whole);
    assertEquals(whole, packed, 1e-4 * whole);
    assertNotEquals(whole, otherSeed, 1e-3 * whole);
    assertNotEquals(whole, without, 1e-3 * whole);
  }

  @Test
  void resumesWithDropoutWithTheSameBits() throws IOException {
    Bundle bundle = bundle("llama");
    TrainingOptions dropping =
        options(TrainedType.LORA).toBuilder().loraDropout(0.1).tokensPerRun(64).build();
    Path whole = folder.resolve("whole");
    train(bundle, dropping, "whole");
    for (int stopped = 1; stopped < 9; stopped += 3) {
      Path run = folder.resolve("run-" + stopped);
      TinyRun.StopAfter stop = new TinyRun.StopAfter(stopped);
      assertTrue(Trainer.train(bundle, data, dropping, run, stop, stop).stopped());
      Trainer.resume(bundle, data, dropping, run, TrainingListener.none(), StopSignal.never());
      assertEquals(TinyRun.bytes(whole.resolve("adapter")), TinyRun.bytes(run.resolve("adapter")));
      assertEquals(TinyRun.timelessMetrics(whole), TinyRun.timelessMetrics(run));
    }
  }

  @Test
  void theAdapterRecordsItsDropoutAndTrainingGoesOnWithItUnlessToldOtherwise() throws IOException {
    Bundle bundle = bundle("llama");
    train(bundle, dropping(0.2), "run");
    Path first = folder.resolve("run/adapter");
    LoraConfig config = (LoraConfig) new PeftFormat().read(first).config();
    assertEquals(0.2, config.dropout());
    data = data.withInitAdapter(first);
    TrainingOptions quiet =
        TrainingOptions.builder().batchSize(24).maxSteps(OptionalInt.of(1)).build();
    assertEquals(0.2, train(bundle, quiet, "same").record().options().loraDropout());
    TrainingOptions without = quiet.toBuilder().loraDropout(0).build();
    assertEquals(0, train(bundle, without, "without").record().options().loraDropout());
  }

  @ParameterizedTest
  @EnumSource(TrainedType.class)
  void computingLayersTwiceChangesNoLoss(TrainedType type) throws IOException {
    Bundle bundle = bundle("qwen3");
    TrainingOptions once = options(type).toBuilder().maxSteps(OptionalInt.of(3)).build();
    TrainingResult expected =
        Trainer.train(
            bundle,
            data,
            once,
            folder.resolve("once"),
            TrainingListener.none(),
            StopSignal.never());
    TrainingResult found =
        Trainer.train(
            bundle,
            data,
            once.toBuilder().gradientCheckpointing(true).build(),
            folder.resolve("twice"),
            TrainingListener.none(),
            StopSignal.never());
    assertEquals(expected.lastLoss(), found.lastLoss(), 1e-6 * expected.lastLoss());
  }

  @Test
  void layersThatAreComputedTwiceDropTheSameBothTimes() throws IOException {
    Bundle bundle = bundle("llama");
    double once = train(bundle, dropping(0.3), "once").lastLoss();
    double twice =
        train(bundle, dropping(0.3).toBuilder().gradientCheckpointing(true).build(), "twice")
            .lastLoss();
    assertEquals(once, twice, 1e-6 * once);
  }

  @Test
  void refusesToComputeTwiceWhatHasOneLayer() throws IOException {
    Bundle flat =
        BundleExporter.export(
                TinyCheckpoints.of("llama")
                    .with("num_hidden_layers", 1)
                    .write(folder.resolve("checkpoint")),
                Optional.empty(),
                ExportOptions.of(Task.TEXT_GENERATION),
                folder.resolve("bundle"))
            .bundle();
    TrainingOptions twice =
        options(TrainedType.LORA).toBuilder().gradientCheckpointing(true).build();
    Path run = folder.resolve("run");
    TrainingException refusal =
        assertThrows(
            TrainingException.class,
            () ->
                Trainer.train(flat, data, twice, run, TrainingListener.none(), StopSignal.never()));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.contains("gradientCheckpointing") && message.contains("1 layers"), message);
  }

  @Test
  void aPrefixStartsFromAPromptAndGoesOnFromAnAdapter() throws IOException {
    Bundle bundle = bundle("qwen3");
    Path run = folder.resolve("run");
    TrainingOptions prompted =
        options(TrainedType.PREFIX).toBuilder()
            .initPrompt(Optional.of("answer:"))
            .learningRate(1e-3)
            .build();
    Trainer.train(bundle, data, prompted, run, TrainingListener.none(), StopSignal.never());
    Adapter first = new PeftFormat().read(run.resolve("adapter"));
    Path next = folder.resolve("next");
    TrainingOptions still =
        TrainingOptions.builder()
            .learningRate(1e-7)
            .maxSteps(OptionalInt.of(1))
            .batchSize(24)
            .maxLength(48)
            .threads(OptionalInt.of(1))
            .build();
    TrainingResult result =
        Trainer.train(
            bundle,
            data.withInitAdapter(run.resolve("adapter")),
            still,
            next,
            TrainingListener.none(),
            StopSignal.never());
    assertEquals(TrainedType.PREFIX, result.record().options().adapterType());
    double loss = score(bundle, Optional.of(first)).meanNll();
    assertEquals(loss, result.lastLoss(), 1e-4 * loss);
  }

  @Test
  void refusesAPromptThatIsLongerThanTheContext() throws IOException {
    Bundle bundle = bundle("llama");
    TrainingOptions endless =
        TrainingOptions.builder()
            .adapterType(TrainedType.PREFIX)
            .initPrompt(Optional.of("word ".repeat(5000)))
            .build();
    TrainingException refusal =
        assertThrows(
            TrainingException.class,
            () ->
                Trainer.train(
                    bundle,
                    data,
                    endless,
                    folder.resolve("run"),
                    TrainingListener.none(),
                    StopSignal.never()));
    assertTrue(refusal.toString().contains("the initial prompt has"), refusal::toString);
    assertTrue(Files.notExists(folder.resolve("run")));
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 17})
  void aPromptIsCutOrSaidAgainWhereTheLengthIsGiven(int virtualTokens) throws IOException {
    Bundle bundle = bundle("llama");
    Path run = folder.resolve("run");
    TrainingOptions given =
        options(TrainedType.PREFIX).toBuilder()
            .initPrompt(Optional.of("answer"))
            .virtualTokens(virtualTokens)
            .maxSteps(OptionalInt.of(1))
            .build();
    Trainer.train(bundle, data, given, run, TrainingListener.none(), StopSignal.never());
    Adapter adapter = new PeftFormat().read(run.resolve("adapter"));
    assertEquals(virtualTokens, PrefixWeights.in(adapter).get(0).key().shape().get(1).intValue());
  }

  static Stream<Arguments> optionsThatWouldChangeNothing() {
    TrainingOptions lora = options(TrainedType.LORA);
    TrainingOptions prefix = options(TrainedType.PREFIX);
    return Stream.of(
        Arguments.of(lora.toBuilder().labelSmoothing(0.1).build(), "labelSmoothing"),
        Arguments.of(lora.toBuilder().ignoreLabel(Optional.of("x")).build(), "ignoreLabel"),
        Arguments.of(lora.toBuilder().virtualTokens(7).build(), "virtualTokens"),
        Arguments.of(prefix.toBuilder().rank(4).build(), "rank"),
        Arguments.of(prefix.toBuilder().loraDropout(0.1).build(), "loraDropout"),
        Arguments.of(prefix.toBuilder().loraPlusRatio(2).build(), "loraPlusRatio"));
  }

  @ParameterizedTest
  @MethodSource("optionsThatWouldChangeNothing")
  void refusesOptionsThatWouldChangeNothing(TrainingOptions given, String name) throws IOException {
    Bundle bundle = bundle("llama");
    TrainingException refusal =
        assertThrows(
            TrainingException.class,
            () ->
                Trainer.train(
                    bundle,
                    data,
                    given,
                    folder.resolve("run"),
                    TrainingListener.none(),
                    StopSignal.never()));
    assertTrue(refusal.toString().contains("\"%s\"".formatted(name)), refusal::toString);
    assertTrue(Files.notExists(folder.resolve("run")));
  }
}
