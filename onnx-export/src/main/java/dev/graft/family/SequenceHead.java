package dev.graft.family;

import dev.graft.adapter.FloatTensor;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.Pooling;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The head of a checkpoint's {@code …ForSequenceClassification}.
 *
 * @param pooling where it begins
 * @param weights what the checkpoint has for it, by the names of its tensors, {@code [out, in]};
 *     empty for a checkpoint of the encoder alone
 * @param labels of the weights
 */
public record SequenceHead(
    Pooling pooling,
    ClassificationHead head,
    SortedMap<String, FloatTensor> weights,
    List<String> labels) {
  public SequenceHead {
    weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    labels = List.copyOf(labels);
  }
}
