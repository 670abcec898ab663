package dev.graft.infer;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The answer of a classifier to one text.
 *
 * @param labels the adapter's labels, in its order
 * @param logits one per label
 * @param adapter the name the request gave
 * @param adapterDigest the content that computed the answer
 * @param truncated whether tokens beyond the longest input were left out
 */
public record Prediction(
    List<String> labels,
    List<Float> logits,
    String adapter,
    String adapterDigest,
    boolean truncated) {

  /** A label with its probability. */
  public record Scored(String label, double score) {}

  public Prediction {
    labels = List.copyOf(labels);
    logits = List.copyOf(logits);
  }

  /** The index of the most probable label; the first of several. */
  public int labelIndex() {
    return IntStream.range(0, logits.size())
        .boxed()
        .max(
            Comparator.<Integer, Float>comparing(logits::get)
                .thenComparing(Comparator.<Integer>reverseOrder()))
        .orElseThrow();
  }

  /** The most probable label. */
  public String label() {
    return labels.get(labelIndex());
  }

  /** The probability of the most probable label. */
  public double score() {
    return probabilities()[labelIndex()];
  }

  /** The cross entropy of the answer if the true label is the one at {@code index}. */
  public double lossOf(int index) {
    double largest = logits.stream().mapToDouble(Float::doubleValue).max().orElse(0);
    double sum = logits.stream().mapToDouble(x -> Math.exp(x - largest)).sum();
    return largest + Math.log(sum) - logits.get(index);
  }

  /** The softmax of the logits, in double precision. */
  public double[] probabilities() {
    double largest = logits.stream().mapToDouble(Float::doubleValue).max().orElse(0);
    double[] out = logits.stream().mapToDouble(x -> Math.exp(x - largest)).toArray();
    double sum = 0;
    for (double x : out) {
      sum += x;
    }
    for (int i = 0; i < out.length; i++) {
      out[i] /= sum;
    }
    return out;
  }

  /** The {@code count} most probable labels, most probable first. */
  public List<Scored> ranked(int count) {
    double[] probabilities = probabilities();
    return IntStream.range(0, labels.size())
        .mapToObj(i -> new Scored(labels.get(i), probabilities[i]))
        .sorted(Comparator.comparingDouble(Scored::score).reversed())
        .limit(count)
        .toList();
  }
}
