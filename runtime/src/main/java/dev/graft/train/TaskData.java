package dev.graft.train;

import java.util.List;
import java.util.Map;

/** The data of a run, read, checked, and tokenized once. */
interface TaskData {

  /** Batches of one pass over the training data. */
  int batchesPerEpoch();

  /** Rows of the training data. */
  int rows();

  /** Rows of the evaluation data, 0 without. */
  int evalRows();

  /** Rows of both that were cut at the longest length. */
  int truncatedRows();

  /** The labels in the order of the model's outputs; empty where the task has none. */
  List<String> labels();

  /** What identifies the data, by name. */
  Map<String, String> digests();

  /** Makes the inputs of the graphs; the caller closes them. */
  TaskRows open(TrainingOptions options, List<String> baseInputs);
}
