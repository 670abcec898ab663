package dev.graft.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.format.AdapterFormats;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.ExportOptions;
import dev.graft.export.Task;
import dev.graft.merge.MergeOptions;
import dev.graft.merge.MergeReport;
import dev.graft.merge.Merger;
import dev.graft.module.DecoderSignature;
import dev.graft.onnx.Model;
import dev.graft.onnx.io.OnnxReader;
import dev.graft.onnx.io.OnnxWriter;
import dev.graft.testmodels.TinyCheckpoint;
import dev.graft.testmodels.TinyCheckpoints;
import dev.graft.train.StepMetrics;
import dev.graft.train.StopSignal;
import dev.graft.train.TrainedType;
import dev.graft.train.Trainer;
import dev.graft.train.TrainingData;
import dev.graft.train.TrainingException;
import dev.graft.train.TrainingListener;
import dev.graft.train.TrainingOptions;
import dev.graft.train.TrainingOptionsBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A decoder's {@code .onnx} that another program exported, beside the same weights exported from
 * their checkpoint.
 */
class OtherExporterTest {
  @TempDir Path folder;
  private Bundle own;
  private Bundle other;

  @BeforeEach
  void exportBoth() throws IOException {
    own = export(decoder().write(folder.resolve("checkpoint")), "own");
    other = export(decoder().writeOnnx(folder.resolve("onnx")), "other");
  }

  private static TinyCheckpoint decoder() {
    return TinyCheckpoints.of("llama")
        .tensors(tensors -> tensors.replaceAll(OtherExporterTest::louder));
  }

  /** Random weights of the usual size give the same token for ever; these say different things. */
  private static FloatTensor louder(String name, FloatTensor tensor) {
    return name.contains("norm") ? tensor : tensor.scaled(2.5);
  }

  private Bundle export(Path model, String name) throws IOException {
    return BundleExporter.export(
            model, Optional.empty(), ExportOptions.of(Task.TEXT_GENERATION), folder.resolve(name))
        .bundle();
  }

  @Test
  void isTheSameBaseWithTheSameModules() {
    assertEquals(own.manifest().baseDigest(), other.manifest().baseDigest());
    assertEquals(own.manifest().slotModules(), other.manifest().slotModules());
    assertEquals(own.manifest().decoder(), other.manifest().decoder());
  }

  @Test
  void answersAlikeWithEveryAdapterInOneBatch() throws IOException {
    List<GenerationResult> expected = answers(own);
    List<GenerationResult> found = answers(other);

    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).tokens(), found.get(i).tokens());
      for (int t = 0; t < expected.get(i).scores().size(); t++) {
        assertEquals(
            expected.get(i).scores().get(t).chosen().logProb(),
            found.get(i).scores().get(t).chosen().logProb(),
            1e-3);
      }
    }
    assertFalse(expected.get(0).tokens().equals(expected.get(1).tokens()));
    assertFalse(expected.get(0).tokens().equals(expected.get(2).tokens()));
  }

  private List<GenerationResult> answers(Bundle bundle) throws IOException {
    try (GenerationEngine engine =
        GenerationEngine.open(bundle, GenerationOptions.defaults().withThreads(1))) {
      engine.load("lora", TinyDecoders.lora(bundle, 5, 4, "q_proj", "down_proj"));
      engine.load("prefix", TinyDecoders.prefix(bundle, 6, 5));
      List<GenerationRequest> requests = new ArrayList<>();
      // Prompts of many lengths, so that rows of a batch begin at different columns.
      for (List<Integer> prompt :
          List.of(List.of(70, 71), List.of(90), List.of(8, 9, 10, 11, 12))) {
        GenerationRequest base =
            GenerationRequest.of(Prompt.ofTokens(prompt))
                .withStopping(Stopping.defaults().withEndTokens(false).withMaxNewTokens(24))
                .withScores(0);
        requests.addAll(List.of(base, base.withAdapter("lora"), base.withAdapter("prefix")));
      }
      return engine.generate(requests);
    }
  }

  @ParameterizedTest
  @EnumSource(TrainedType.class)
  void learnsAlike(TrainedType type) throws IOException {
    List<Double> expected = losses(own, type, false);
    List<Double> found = losses(other, type, false);

    for (int step = 0; step < expected.size(); step++) {
      assertEquals(expected.get(step), found.get(step), 1e-3 * expected.get(step));
    }
    assertTrue(Collections.max(found) > 1.05 * Collections.min(found), found::toString);
  }

  private List<Double> losses(Bundle bundle, TrainedType type, boolean pack) throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 12; i++) {
      rows.append(
          "{\"prompt\":\"no %s \",\"completion\":\"yes\"}%n".formatted("and no ".repeat(i % 4)));
    }
    Path data = Files.writeString(folder.resolve("pairs.jsonl"), rows);
    TrainingOptionsBuilder options = TrainingOptions.builder().adapterType(type);
    if (type == TrainedType.PREFIX) {
      options.virtualTokens(4);
    }
    List<Double> losses = new ArrayList<>();
    Trainer.train(
        bundle,
        TrainingData.of(data),
        options
            .learningRate(0.02)
            .batchSize(4)
            .maxLength(48)
            .pack(pack)
            .maxSteps(OptionalInt.of(8))
            .threads(OptionalInt.of(1))
            .build(),
        run(bundle, type),
        new TrainingListener() {
          @Override
          public void onStep(StepMetrics step) {
            losses.add(step.loss());
          }
        },
        StopSignal.never());
    return losses;
  }

  private Path run(Bundle bundle, TrainedType type) {
    return folder.resolve("%s-%s".formatted(bundle.directory().getFileName(), type));
  }

  @Test
  void itsAdapterBelongsToTheCheckpointAndIsMergedIntoIt() throws IOException {
    losses(other, TrainedType.LORA, false);
    Adapter adapter =
        AdapterFormats.load(run(other, TrainedType.LORA).resolve("adapter"), ReadOptions.strict())
            .adapter();

    for (Bundle bundle : List.of(own, other)) {
      MergeReport merged =
          Merger.merge(
              bundle,
              adapter,
              folder.resolve("merged-" + bundle.directory().getFileName()),
              MergeOptions.of(MergeOptions.Precision.FP32));
      assertTrue(merged.largestDifference() < 1e-3, merged::toString);
    }
  }

  @ParameterizedTest
  @EnumSource(TrainedType.class)
  void refusesToPackTextsThatWouldSeeEachOther(TrainedType type) {
    TrainingException refused =
        assertThrows(TrainingException.class, () -> losses(other, type, true));

    assertTrue(
        String.valueOf(refused.getMessage()).contains("cannot tell them apart"), refused::toString);
    assertTrue(
        String.valueOf(refused.getMessage()).contains("from its checkpoint directory"),
        refused::toString);
  }

  @Test
  void refusesAGraphThatCountsPositionsItself() throws IOException {
    Path model = decoder().writeOnnx(folder.resolve("uncounted"));
    Model read = OnnxReader.read(model);
    Path changed = folder.resolve("uncounted/other.onnx");
    OnnxWriter.write(
        read.withGraph(
            read.graph()
                .withInputs(
                    read.graph().inputs().stream()
                        .filter(input -> !input.name().equals(DecoderSignature.POSITION_IDS))
                        .toList())),
        changed);

    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> export(changed, "never"));

    assertTrue(
        String.valueOf(refused.getMessage()).contains("no input 'position_ids'"),
        refused::toString);
  }
}
