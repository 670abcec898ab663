package dev.graft.pretrained;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.ExportOptions;
import dev.graft.export.Task;
import dev.graft.testmodels.TinyCheckpoints;
import dev.graft.train.StopSignal;
import dev.graft.train.Trainer;
import dev.graft.train.TrainingData;
import dev.graft.train.TrainingListener;
import dev.graft.train.TrainingOptions;
import dev.graft.train.TrainingResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bundles of checkpoint directories. */
class CheckpointExportTest {
  @TempDir Path folder;

  static List<String> encoders() {
    return TinyCheckpoints.ENCODERS;
  }

  private Bundle export(String family, Task task) throws IOException {
    Path checkpoint = TinyCheckpoints.of(family).write(folder.resolve("checkpoint"));
    return BundleExporter.export(
            checkpoint, Optional.empty(), ExportOptions.of(task), folder.resolve("bundle"))
        .bundle();
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void anEncoderOfACheckpointLearnsToClassify(String family) throws IOException {
    Bundle bundle = export(family, Task.TEXT_CLASSIFICATION);
    Path texts = folder.resolve("texts.jsonl");
    Files.writeString(
        texts,
        """
        {"text": "the food is in the city", "label": "food"}
        {"text": "place of food", "label": "food"}
        {"text": "a river", "label": "water"}
        {"text": "you are in the river", "label": "water"}
        """);
    TrainingOptions options =
        TrainingOptions.builder()
            .learningRate(0.02)
            .batchSize(4)
            .maxSteps(OptionalInt.of(40))
            .threads(OptionalInt.of(1))
            .build();

    TrainingResult result =
        Trainer.train(
            bundle,
            TrainingData.of(texts).withEval(texts),
            options,
            folder.resolve("run"),
            TrainingListener.none(),
            StopSignal.never());

    assertEquals(1.0, result.record().bestEval().orElseThrow().evalAccuracy());
    assertTrue(bundle.manifest().slots().size() >= 12, () -> "" + bundle.manifest().slots());
  }

  @Test
  void robertasPositionsAreThoseThatTextsMayUse() throws IOException {
    Bundle bundle = export("roberta", Task.FEATURE_EXTRACTION);
    Path config = folder.resolve("checkpoint").resolve("config.json");
    String positions =
        Files.readString(config)
            .replaceAll("(?s).*\"max_position_embeddings\"\\s*:\\s*(\\d+).*", "$1");
    // Two rows of the table are for padding and what comes before it.
    assertEquals(Integer.parseInt(positions) - 2, bundle.manifest().maxLength());
  }

  @Test
  void refusesATaskThatTheModelIsNotFor() {
    IllegalArgumentException decoder =
        assertThrows(
            IllegalArgumentException.class, () -> export("llama", Task.TEXT_CLASSIFICATION));
    assertTrue(
        decoder.toString().contains("holds a decoder ('llama')")
            && decoder.toString().contains("text-generation"),
        decoder::toString);
    IllegalArgumentException encoder =
        assertThrows(IllegalArgumentException.class, () -> export("bert", Task.TEXT_GENERATION));
    assertTrue(
        encoder.toString().contains("holds an encoder ('bert')")
            && encoder.toString().contains("text-classification"),
        encoder::toString);
    assertTrue(Files.notExists(folder.resolve("bundle")));
  }

  @Test
  void saysWhereATokenizerIsMissing() throws IOException {
    Path checkpoint = TinyCheckpoints.of("llama").write(folder.resolve("bare"));
    Files.delete(checkpoint.resolve("tokenizer.json"));
    NoSuchFileException missing =
        assertThrows(
            NoSuchFileException.class,
            () ->
                BundleExporter.export(
                    checkpoint,
                    Optional.empty(),
                    ExportOptions.of(Task.TEXT_GENERATION),
                    folder.resolve("bundle")));
    assertTrue(missing.toString().contains("tokenizer.json"), missing::toString);
  }
}
