package dev.graft.inject;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrossEntropyLossTest {
  private static final int ROWS = 6;
  private static final int LABELS = 4;
  private static final float[] EVEN = {1, 1, 1, 1};
  private static final float[] UNEVEN = {0.5f, 2, 0, 1.25f};

  @ParameterizedTest
  @CsvSource({"0, false, false", "0.1, false, false", "0, true, true", "0.3, true, true"})
  void isWhatItsFormulaSays(float smoothing, boolean weighted, boolean ignoring) throws Exception {
    float[] logits = Runs.values(1, 3, ROWS * LABELS);
    long[] labels = ignoring ? new long[] {0, -100, 3, 1, -100, 2} : new long[] {0, 1, 2, 3, 1, 0};
    float[] weights = weighted ? UNEVEN : EVEN;

    double expected = plain(logits, labels, weights, smoothing, 0.25);

    assertEquals(expected, loss(logits, labels, weights, smoothing, 0.25f), 1e-5 * expected);
  }

  /** Values of torch.nn.functional.cross_entropy, by hand: two classes a logit of ln 3 apart. */
  @Test
  void agreesWithACaseDoneByHand() throws Exception {
    float ln3 = (float) Math.log(3);
    float[] logits = {ln3, 0, 0, 0, 0, ln3, 0, 0};
    double[] expected = {Math.log(6.0 / 3), Math.log(6.0)};
    double total = loss(logits, new long[] {0, 2}, EVEN, 0, 1);
    assertEquals(expected[0] + expected[1], total, 1e-5);
  }

  @Test
  void staysFiniteForLogitsThatWouldOverflowAnExponential() throws Exception {
    float[] logits = {1000, 0, 0, 0, -1000, 0, 0, 0};
    double found = loss(logits, new long[] {0, 0}, EVEN, 0, 1);
    assertEquals(1000 + Math.log(3), found, 1e-2);
  }

  @Test
  void anIgnoredRowCountsForNothingEvenWithSmoothing() throws Exception {
    float[] logits = Runs.values(5, 2, 2 * LABELS);
    long[] labels = {1, CrossEntropyLoss.IGNORED};
    double before = loss(logits, labels, EVEN, 0.2f, 1);
    logits[LABELS + 2] += 7;
    assertEquals(before, loss(logits, labels, EVEN, 0.2f, 1), 0);
    logits[2] += 7;
    assertNotEquals(before, loss(logits, labels, EVEN, 0.2f, 1), 1e-2);
  }

  private static double loss(
      float[] logits, long[] labels, float[] weights, float smoothing, float scale)
      throws Exception {
    GraphBuilder b = new GraphBuilder("loss");
    String loss = CrossEntropyLoss.add(b, b.input("z", ElementType.FLOAT, "batch", "labels_n"));
    b.output(loss, CrossEntropyLoss.LOSS, TensorType.of(ElementType.FLOAT));
    Graph graph = b.build();
    long rows = labels.length;
    return Runs.output(
            graph,
            Map.of(
                "z",
                Tensor.floats(List.of(rows, (long) LABELS), logits),
                CrossEntropyLoss.LABELS,
                Tensor.longs(List.of(rows), labels),
                CrossEntropyLoss.CLASS_WEIGHTS,
                Tensor.floats(List.of((long) LABELS), weights),
                CrossEntropyLoss.LABEL_SMOOTHING,
                Tensor.floats(List.of(), smoothing),
                CrossEntropyLoss.LOSS_SCALE,
                Tensor.floats(List.of(), scale)),
            CrossEntropyLoss.LOSS)
        .toFloats()[0];
  }

  private static double plain(
      float[] logits, long[] labels, float[] weights, double smoothing, double scale) {
    double sum = 0;
    for (int row = 0; row < labels.length; row++) {
      if (labels[row] == -100) {
        continue;
      }
      double exponentials = 0;
      for (int c = 0; c < LABELS; c++) {
        exponentials += Math.exp(logits[row * LABELS + c]);
      }
      for (int c = 0; c < LABELS; c++) {
        double target = smoothing / LABELS + (c == labels[row] ? 1 - smoothing : 0);
        double logProbability = logits[row * LABELS + c] - Math.log(exponentials);
        sum -= weights[c] * target * logProbability;
      }
    }
    return scale * sum;
  }
}
