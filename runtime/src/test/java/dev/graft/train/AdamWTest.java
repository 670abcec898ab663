package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.graft.ort.OrtModel;
import dev.graft.ort.SessionSettings;
import dev.graft.session.BasePrecision;
import dev.graft.train.ParameterGroup.Kind;
import dev.graft.train.TrainingModels.Graph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdamWTest {
  private static final int SIZE = 500;

  @Test
  void followsPyTorchForManySteps(@TempDir Path folder) throws IOException {
    TrainingOptions options = TrainingOptions.builder().weightDecay(0.1).build();
    Random random = new Random(3);
    Reference reference = new Reference(options);
    try (OrtModel model =
            TinyBase.in(folder)
                .open(
                    Graph.OPTIMIZER,
                    Set.of(),
                    Set.of(),
                    GraphOptions.plain(BasePrecision.FP32),
                    SessionSettings.defaults());
        AdamW optimizer = new AdamW(model, options);
        ParameterGroup group =
            new ParameterGroup(Kind.A, List.of(new Parameter("x", List.of((long) SIZE), 1)))) {
      FloatBuffer values = group.values().floatBuffer();
      for (int i = 0; i < SIZE; i++) {
        float value = (float) random.nextGaussian();
        values.put(i, value);
        reference.values[i] = value;
      }
      for (int step = 1; step <= 40; step++) {
        FloatBuffer gradient = group.gradient().floatBuffer();
        double[] same = new double[SIZE];
        for (int i = 0; i < SIZE; i++) {
          float g = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(5) - 3));
          gradient.put(i, g);
          same[i] = g;
        }
        double rate = 0.01 / step;
        double scale = step % 2 == 0 ? 1 : 0.3;
        optimizer.update(group, rate, step, scale);
        reference.update(same, rate, step, scale);
        for (int i = 0; i < SIZE; i++) {
          assertEquals(
              reference.values[i],
              group.values().floatBuffer().get(i),
              2e-6 * Math.max(1, Math.abs(reference.values[i])),
              "step %d, value %d".formatted(step, i));
        }
      }
    }
  }

  /** The algorithm of torch.optim.AdamW in double precision. */
  private static final class Reference {
    private final double[] values = new double[SIZE];
    private final double[] first = new double[SIZE];
    private final double[] second = new double[SIZE];
    private final TrainingOptions options;

    Reference(TrainingOptions options) {
      this.options = options;
    }

    void update(double[] gradient, double rate, int step, double scale) {
      double correction1 = 1 - Math.pow(options.beta1(), step);
      double correction2 = 1 - Math.pow(options.beta2(), step);
      for (int i = 0; i < SIZE; i++) {
        double g = gradient[i] * scale;
        values[i] -= rate * options.weightDecay() * values[i];
        first[i] += (1 - options.beta1()) * (g - first[i]);
        second[i] = options.beta2() * second[i] + (1 - options.beta2()) * g * g;
        double denominator = Math.sqrt(second[i]) / Math.sqrt(correction2) + options.epsilon();
        values[i] -= rate / correction1 * first[i] / denominator;
      }
    }
  }
}
