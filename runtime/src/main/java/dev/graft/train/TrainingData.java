package dev.graft.train;

import dev.graft.data.Columns;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What to train on.
 *
 * @param train labelled texts, JSONL, CSV or TSV by the file's name
 * @param eval labelled texts for evaluation
 * @param columns what the columns are called
 * @param labels a file of labels, one a line, in the order of the model's outputs; without it the
 *     labels of {@code train}, sorted, or those of the initial adapter
 * @param initAdapter an adapter to go on from
 */
public record TrainingData(
    Path train,
    Optional<Path> eval,
    Columns columns,
    Optional<Path> labels,
    Optional<Path> initAdapter) {

  /** One file, columns {@code text} and {@code label}, a new adapter. */
  public static TrainingData of(Path train) {
    return new TrainingData(
        train, Optional.empty(), Columns.defaults(), Optional.empty(), Optional.empty());
  }

  public TrainingData withEval(Path file) {
    return new TrainingData(train, Optional.of(file), columns, labels, initAdapter);
  }

  public TrainingData withColumns(Columns names) {
    return new TrainingData(train, eval, names, labels, initAdapter);
  }

  public TrainingData withLabels(Path file) {
    return new TrainingData(train, eval, columns, Optional.of(file), initAdapter);
  }

  public TrainingData withInitAdapter(Path directory) {
    return new TrainingData(train, eval, columns, labels, Optional.of(directory));
  }
}
