package dev.graft.pretrained;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.ExportOptions;
import dev.graft.export.HeadStyle;
import dev.graft.export.Task;
import dev.graft.testmodels.TinyCheckpoint;
import dev.graft.testmodels.TinyCheckpoints;
import dev.graft.train.StopSignal;
import dev.graft.train.Trainer;
import dev.graft.train.TrainingData;
import dev.graft.train.TrainingListener;
import dev.graft.train.TrainingOptions;
import dev.graft.train.TrainingResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Bundles of tiny encoders with the heads of their families, and adapters trained on them. */
final class FamilyHeads {
  static final List<String> LABELS = List.of("food", "water");

  private FamilyHeads() {}

  /** A checkpoint with a head for two labels. */
  static TinyCheckpoint classifier(String family) {
    String name =
        switch (family) {
          case "bert" -> "Bert";
          case "roberta" -> "Roberta";
          default -> "DistilBert";
        };
    return TinyCheckpoints.of(family)
        .with("architectures", List.of(name + "ForSequenceClassification"))
        .with("num_labels", LABELS.size())
        .with("id2label", Map.of("0", LABELS.get(0), "1", LABELS.get(1)));
  }

  /** A bundle of a checkpoint in its folder; a classifier's has its head without being asked. */
  static Bundle export(TinyCheckpoint checkpoint, Path folder, Optional<HeadStyle> head)
      throws IOException {
    ExportOptions options = ExportOptions.of(Task.TEXT_CLASSIFICATION);
    return BundleExporter.export(
            checkpoint.write(folder.resolve("checkpoint")),
            Optional.empty(),
            head.map(options::withHead).orElse(options),
            folder.resolve("bundle"))
        .bundle();
  }

  /** Labelled rows; the labels are two. */
  static Path texts(Path folder, String one, String other) throws IOException {
    return Files.writeString(
        folder.resolve("texts.jsonl"),
        """
        {"text": "the food is in the city", "label": "%1$s"}
        {"text": "place of food", "label": "%1$s"}
        {"text": "a river", "label": "%2$s"}
        {"text": "you are in the river", "label": "%2$s"}
        """
            .formatted(one, other));
  }

  static TrainingResult train(Bundle bundle, Path texts, int steps, Path run) throws IOException {
    return train(bundle, TrainingData.of(texts).withEval(texts), steps, run);
  }

  static TrainingResult train(Bundle bundle, TrainingData data, int steps, Path run)
      throws IOException {
    TrainingOptions options =
        TrainingOptions.builder()
            .learningRate(0.02)
            .batchSize(4)
            .maxSteps(OptionalInt.of(steps))
            .threads(OptionalInt.of(1))
            .build();
    return Trainer.train(bundle, data, options, run, TrainingListener.none(), StopSignal.never());
  }

  /** The adapter of a run, as any reader of PEFT's files finds it. */
  static Adapter adapter(Path run) throws IOException {
    return new PeftFormat().load(run.resolve("adapter"), ReadOptions.strict()).adapter();
  }
}
