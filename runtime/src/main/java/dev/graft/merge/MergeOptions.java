package dev.graft.merge;

import java.util.List;

/**
 * How to merge.
 *
 * @param precision of weights and arithmetic of the merged model
 * @param probes texts on which the merged model is compared with the adapter path; the adapter's
 *     own probes are used too
 * @param tolerance largest difference of an output that is accepted for {@link Precision#FP32}
 */
public record MergeOptions(Precision precision, List<String> probes, double tolerance) {

  /** Weights and arithmetic of a merged model. */
  public enum Precision {
    FP32,
    FP16
  }

  /** Largest difference of a logit or an embedding that merging may cause in fp32. */
  public static final double DEFAULT_TOLERANCE = 1e-3;

  /** Texts of different lengths and scripts, for adapters that bring no probes. */
  public static final List<String> DEFAULT_PROBES =
      List.of(
          "a",
          "Where is my order? It was due on Monday.",
          "¿Puedo cambiar la fecha de mi vuelo sin pagar más?",
          "My laptop does not start any more since the update last night; it shows a blue screen, "
              + "restarts twice and then asks for a recovery key that nobody here has ever seen.");

  public MergeOptions {
    probes = List.copyOf(probes);
  }

  public static MergeOptions of(Precision precision) {
    return new MergeOptions(precision, DEFAULT_PROBES, DEFAULT_TOLERANCE);
  }
}
