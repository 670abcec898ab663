package dev.graft.cli;

import dev.graft.data.Dataset;
import dev.graft.data.LabelMap;
import java.io.IOException;
import java.util.List;
import java.util.Random;

/**
 * What a classifier says before training: a linear layer with the initial weights that PyTorch
 * would give it, uniform in [-1/sqrt(in), 1/sqrt(in)], on the base's vectors. About one in as many
 * answers as there are labels is right.
 */
final class UntrainedHead {
  private static final long SEED = 42;

  private UntrainedHead() {}

  /** The share of right answers. */
  static double accuracy(List<float[]> vectors, Dataset test) throws IOException {
    LabelMap labels = LabelMap.of(test);
    int width = vectors.get(0).length;
    double bound = 1 / Math.sqrt(width);
    Random random = new Random(SEED);
    double[][] weights = new double[labels.size()][width];
    for (double[] row : weights) {
      for (int i = 0; i < width; i++) {
        row[i] = bound * (2 * random.nextDouble() - 1);
      }
    }
    int right = 0;
    for (int i = 0; i < test.size(); i++) {
      int best = best(weights, vectors.get(i));
      right += best == labels.require(test.examples().get(i), test.file()) ? 1 : 0;
    }
    return (double) right / test.size();
  }

  private static int best(double[][] weights, float[] vector) {
    int best = 0;
    double bestLogit = Double.NEGATIVE_INFINITY;
    for (int label = 0; label < weights.length; label++) {
      double logit = 0;
      for (int i = 0; i < vector.length; i++) {
        logit += weights[label][i] * vector[i];
      }
      if (logit > bestLogit) {
        bestLogit = logit;
        best = label;
      }
    }
    return best;
  }
}
