package dev.graft.train;

import dev.graft.data.Columns;
import dev.graft.data.ExampleEncoder;
import dev.graft.data.GenerationColumns;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What to train on.
 *
 * @param train examples: labelled texts for a classifier, texts, prompts with completions or
 *     conversations for a decoder; JSONL, CSV or TSV by the file's name
 * @param eval examples for evaluation
 * @param columns what the columns of labelled texts are called
 * @param prompts what the columns of examples for a decoder are called
 * @param loss which tokens a decoder learns
 * @param labels a file of labels, one a line, in the order of the model's outputs; without it the
 *     labels of {@code train}, sorted, or those of the initial adapter
 * @param initAdapter an adapter to go on from
 */
public record TrainingData(
    Path train,
    Optional<Path> eval,
    Columns columns,
    GenerationColumns prompts,
    ExampleEncoder.Loss loss,
    Optional<Path> labels,
    Optional<Path> initAdapter) {

  /** One file, the default columns, loss on answers, a new adapter. */
  public static TrainingData of(Path train) {
    return new TrainingData(
        train,
        Optional.empty(),
        Columns.defaults(),
        GenerationColumns.defaults(),
        ExampleEncoder.Loss.ANSWERS,
        Optional.empty(),
        Optional.empty());
  }

  public TrainingData withEval(Path file) {
    return new TrainingData(train, Optional.of(file), columns, prompts, loss, labels, initAdapter);
  }

  public TrainingData withColumns(Columns names) {
    return new TrainingData(train, eval, names, prompts, loss, labels, initAdapter);
  }

  public TrainingData withPrompts(GenerationColumns names) {
    return new TrainingData(train, eval, columns, names, loss, labels, initAdapter);
  }

  public TrainingData withLoss(ExampleEncoder.Loss other) {
    return new TrainingData(train, eval, columns, prompts, other, labels, initAdapter);
  }

  public TrainingData withLabels(Path file) {
    return new TrainingData(train, eval, columns, prompts, loss, Optional.of(file), initAdapter);
  }

  public TrainingData withInitAdapter(Path directory) {
    return new TrainingData(train, eval, columns, prompts, loss, labels, Optional.of(directory));
  }
}
