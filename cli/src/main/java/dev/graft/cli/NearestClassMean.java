package dev.graft.cli;

import dev.graft.data.Dataset;
import dev.graft.data.Example;
import dev.graft.infer.Embedding;
import dev.graft.infer.Engine;
import dev.graft.infer.Request;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the base model knows without training: a text gets the label whose texts' mean vector is the
 * most similar to its own (cosine). Vectors are normalised first.
 */
final class NearestClassMean {
  /**
   * How often that was right.
   *
   * @param labels the number of different labels
   */
  record Score(int count, int labels, double accuracy) {}

  private static final int CHUNK_ROWS = 256;

  private final Map<String, double[]> sums = new LinkedHashMap<>();
  private final Map<String, Integer> counts = new LinkedHashMap<>();

  private NearestClassMean() {}

  /** Judges one file by itself, each text by the means of the others. */
  static Score leaveOneOut(Engine engine, Dataset data) {
    List<float[]> vectors = embed(engine, data);
    NearestClassMean means = of(data, vectors);
    int right = 0;
    for (int i = 0; i < data.size(); i++) {
      Example row = data.examples().get(i);
      means.add(label(row), vectors.get(i), -1);
      right += means.nearest(vectors.get(i)).equals(label(row)) ? 1 : 0;
      means.add(label(row), vectors.get(i), 1);
    }
    return new Score(data.size(), means.counts.size(), (double) right / data.size());
  }

  /** Judges one file by the means of another. */
  static Score score(Engine engine, Dataset train, Dataset test) {
    NearestClassMean means = of(train, embed(engine, train));
    List<float[]> vectors = embed(engine, test);
    int right = 0;
    for (int i = 0; i < test.size(); i++) {
      right += means.nearest(vectors.get(i)).equals(label(test.examples().get(i))) ? 1 : 0;
    }
    return new Score(test.size(), means.counts.size(), (double) right / test.size());
  }

  /** The base's normalised vectors of all rows. */
  static List<float[]> embed(Engine engine, Dataset data) {
    List<float[]> vectors = new ArrayList<>();
    for (int from = 0; from < data.size(); from += CHUNK_ROWS) {
      int to = Math.min(data.size(), from + CHUNK_ROWS);
      List<Request> requests =
          data.examples().subList(from, to).stream().map(e -> Request.ofBase(e.text())).toList();
      engine.embed(requests, true).stream().map(Embedding::values).forEach(vectors::add);
    }
    return vectors;
  }

  private static NearestClassMean of(Dataset data, List<float[]> vectors) {
    NearestClassMean means = new NearestClassMean();
    for (int i = 0; i < data.size(); i++) {
      means.add(label(data.examples().get(i)), vectors.get(i), 1);
    }
    return means;
  }

  private static String label(Example row) {
    return row.label().orElseThrow();
  }

  private void add(String label, float[] vector, int times) {
    double[] sum = sums.computeIfAbsent(label, l -> new double[vector.length]);
    for (int i = 0; i < vector.length; i++) {
      sum[i] += times * vector[i];
    }
    counts.merge(label, times, Integer::sum);
  }

  /** The cosine does not care that these are sums and not means. */
  private String nearest(float[] vector) {
    String best = "";
    double bestCosine = Double.NEGATIVE_INFINITY;
    for (Map.Entry<String, double[]> entry : sums.entrySet()) {
      if (counts.getOrDefault(entry.getKey(), 0) == 0) {
        continue;
      }
      double dot = 0;
      double square = 0;
      double[] sum = entry.getValue();
      for (int i = 0; i < sum.length; i++) {
        dot += sum[i] * vector[i];
        square += sum[i] * sum[i];
      }
      double cosine = dot / Math.sqrt(square);
      if (cosine > bestCosine) {
        bestCosine = cosine;
        best = entry.getKey();
      }
    }
    return best;
  }
}
