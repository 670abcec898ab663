package dev.graft.infer;

import dev.graft.data.DataException;
import dev.graft.data.Dataset;
import dev.graft.data.Example;
import dev.graft.data.LabelMap;
import dev.graft.resident.UnknownAdapterException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Measures an adapter on labelled data. */
public final class Evaluator {
  /** Requests handed to the engine at a time; it sorts them by length and splits them further. */
  private static final int CHUNK_ROWS = 512;

  private Evaluator() {}

  /**
   * Answers every row and scores the answers.
   *
   * @param adapter the name of a loaded adapter
   * @param data rows with labels
   * @throws DataException if a row's label is not one of the adapter's
   * @throws UnknownAdapterException if no adapter has the name
   */
  public static EvalResult evaluate(Engine engine, String adapter, Dataset data)
      throws DataException {
    return evaluate(engine, Optional.of(adapter), engine.labelsOf(adapter), data);
  }

  /**
   * Answers every row with the head that came with the base and scores the answers.
   *
   * @throws DataException if a row's label is not one of the head's
   * @throws IllegalArgumentException if no head came with the base
   */
  public static EvalResult evaluateBase(Engine engine, Dataset data) throws DataException {
    return evaluate(engine, Optional.empty(), engine.bundle().manifest().headLabels(), data);
  }

  private static EvalResult evaluate(
      Engine engine, Optional<String> adapter, List<String> names, Dataset data)
      throws DataException {
    LabelMap labels = LabelMap.of(names);
    int[] truth = new int[data.size()];
    for (int i = 0; i < truth.length; i++) {
      truth[i] = labels.require(data.examples().get(i), data.file());
    }
    long[][] matrix = new long[labels.size()][labels.size()];
    double loss = 0;
    long truncated = 0;
    for (int from = 0; from < truth.length; from += CHUNK_ROWS) {
      int to = Math.min(truth.length, from + CHUNK_ROWS);
      List<Prediction> answers =
          engine.predict(requests(data.examples().subList(from, to), adapter));
      for (int i = from; i < to; i++) {
        Prediction answer = answers.get(i - from);
        matrix[truth[i]][answer.labelIndex()]++;
        loss += answer.lossOf(truth[i]);
        truncated += answer.truncated() ? 1 : 0;
      }
    }
    return EvalResult.of(labels.names(), matrix, loss, truncated);
  }

  private static List<Request> requests(List<Example> examples, Optional<String> adapter) {
    List<Request> requests = new ArrayList<>();
    examples.forEach(e -> requests.add(new Request(e.text(), adapter)));
    return requests;
  }
}
