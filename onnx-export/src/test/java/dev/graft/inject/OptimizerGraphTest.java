package dev.graft.inject;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.check.GraphChecker;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizerGraphTest {
  private static final int N = 17;
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final Graph graph = OptimizerGraph.adamW();
  private float[] param = Runs.values(1, 1, N);
  private float[] first = new float[N];
  private float[] second = new float[N];

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1})
  void followsAdamWInDoublesOverManySteps(double decay) throws Exception {
    double[] p = widened(param);
    double[] m = new double[N];
    double[] v = new double[N];
    for (int step = 1; step <= 25; step++) {
      float[] gradient = Runs.values(100 + step, Math.pow(10, step % 5 - 3), N);
      double rate = 0.01 / step;
      double scale = 0.5;
      run(gradient, step, rate, decay, scale);
      for (int i = 0; i < N; i++) {
        double g = scale * gradient[i];
        p[i] -= rate * decay * p[i];
        m[i] = BETA1 * m[i] + (1 - BETA1) * g;
        v[i] = BETA2 * v[i] + (1 - BETA2) * g * g;
        double corrected = m[i] / (1 - Math.pow(BETA1, step));
        double root = Math.sqrt(v[i] / (1 - Math.pow(BETA2, step)));
        p[i] -= rate * corrected / (root + EPSILON);
      }
    }
    for (int i = 0; i < N; i++) {
      assertEquals(p[i], param[i], 2e-6, "parameter " + i);
      assertEquals(m[i], first[i], 1e-6 + 1e-5 * Math.abs(m[i]), "first moment " + i);
      assertEquals(v[i], second[i], 1e-9 + 1e-5 * v[i], "second moment " + i);
    }
  }

  @Test
  void theFirstStepMovesEachParameterByTheLearningRateAgainstItsGradient() throws Exception {
    float[] before = param.clone();
    float[] gradient = Runs.values(3, 1, N);
    run(gradient, 1, 0.05, 0, 1);
    for (int i = 0; i < N; i++) {
      assertEquals(before[i] - 0.05 * Math.signum(gradient[i]), param[i], 1e-5);
    }
  }

  @Test
  void aZeroGradientLeavesParametersWithoutDecayAsTheyAre() throws Exception {
    float[] before = param.clone();
    run(new float[N], 1, 0.05, 0, 1);
    assertEquals(0, Runs.largestDifference(before, param));
  }

  @Test
  void isAValidGraph() {
    assertDoesNotThrow(() -> GraphChecker.check(graph));
  }

  private void run(float[] gradient, long step, double rate, double decay, double scale)
      throws Exception {
    Map<String, Tensor> inputs = new HashMap<>();
    inputs.put(OptimizerGraph.PARAM, vector(param));
    inputs.put(OptimizerGraph.GRADIENT, vector(gradient));
    inputs.put(OptimizerGraph.FIRST_MOMENT, vector(first));
    inputs.put(OptimizerGraph.SECOND_MOMENT, vector(second));
    inputs.put(OptimizerGraph.LEARNING_RATE, scalar(rate));
    inputs.put(OptimizerGraph.BETA1, scalar(BETA1));
    inputs.put(OptimizerGraph.BETA2, scalar(BETA2));
    inputs.put(OptimizerGraph.EPSILON, scalar(EPSILON));
    inputs.put(OptimizerGraph.WEIGHT_DECAY, scalar(decay));
    inputs.put(OptimizerGraph.GRADIENT_SCALE, scalar(scale));
    inputs.put(OptimizerGraph.STEP, Tensor.longs(List.of(), step));
    Map<String, Tensor> outputs = Runs.run(graph, inputs);
    param = of(outputs, OptimizerGraph.UPDATED_PARAM);
    first = of(outputs, OptimizerGraph.UPDATED_FIRST_MOMENT);
    second = of(outputs, OptimizerGraph.UPDATED_SECOND_MOMENT);
  }

  private static float[] of(Map<String, Tensor> outputs, String name) {
    return Objects.requireNonNull(outputs.get(name), name).toFloats();
  }

  private static Tensor vector(float[] values) {
    return Tensor.floats(List.of((long) values.length), values);
  }

  private static Tensor scalar(double value) {
    return Tensor.scalar(ElementType.DOUBLE, value);
  }

  private static double[] widened(float[] values) {
    double[] out = new double[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = values[i];
    }
    return out;
  }
}
