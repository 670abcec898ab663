package dev.graft.autodiff;

/**
 * Gradients of {@code com.microsoft.Skip(Simplified)LayerNormalization}: a normalisation of the sum
 * of two inputs and perhaps a bias, with that sum as output 3.
 */
final class SkipNormGradients {
  private SkipNormGradients() {}

  /** Inputs input, skip, gamma, beta, bias. */
  static void layer(BackwardScope s) {
    give(s, true, 3, 4);
  }

  /** Inputs input, skip, gamma, bias. */
  static void simplified(BackwardScope s) {
    give(s, false, -1, 3);
  }

  private static void give(BackwardScope s, boolean centered, int beta, int bias) {
    String axes = NormGradients.trailing(s, s.rank(s.x(0)), -1);
    String intoSum = s.hasDy(3) ? s.dy(3) : "";
    if (s.hasDy(0)) {
      String g = s.dy(0);
      String a = centered ? s.op("Sub", s.y(3), mean(s, axes)) : s.y(3);
      String r = root(s, a, axes);
      if (s.wants(2)) {
        s.give(2, NormGradients.overRows(s, s.op("Mul", s.op("Mul", g, a), r), 2));
      }
      if (beta >= 0 && s.wants(beta)) {
        s.give(beta, NormGradients.overRows(s, g, beta));
      }
      if (s.wants(0) || s.wants(1) || s.wants(bias)) {
        String q = s.op("Mul", g, s.x(2));
        String through = NormGradients.normalized(s, q, a, r, axes, centered);
        intoSum = intoSum.isEmpty() ? through : s.op("Add", through, intoSum);
      }
    }
    for (int i : new int[] {0, 1, bias}) {
      if (s.wants(i)) {
        // The skip input may be broadcast over the batch, the bias over all rows.
        s.give(i, i == 0 ? intoSum : NormGradients.overRows(s, intoSum, i));
      }
    }
    for (int i = 2; i < s.inputCount(); i++) {
      if (i != bias && s.wants(i) && !s.hasDy(0)) {
        s.stop(i);
      }
    }
  }

  // Outputs 1 and 2, the statistics, are not filled by ONNX Runtime's CPU kernel.

  private static String mean(BackwardScope s, String axes) {
    return s.op("ReduceMean", NormGradients.KEEP, s.y(3), axes);
  }

  private static String root(BackwardScope s, String a, String axes) {
    return NormGradients.root(s, a, axes, s.node().floatAttribute("epsilon", 1e-12f));
  }
}
