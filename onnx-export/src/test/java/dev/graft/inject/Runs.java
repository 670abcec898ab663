package dev.graft.inject;

import dev.graft.onnx.Graph;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.io.OnnxWriter;
import dev.graft.onnx.io.Ort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/** Runs graphs on ONNX Runtime, unoptimised, and makes random tensors for them. */
final class Runs {
  private Runs() {}

  static Map<String, Tensor> run(Graph graph, Map<String, Tensor> inputs) throws Exception {
    Path folder = Files.createTempDirectory("graft-runs-");
    Path file = folder.resolve("m.onnx");
    try {
      OnnxWriter.write(Model.of(graph), file);
      return Ort.run(file, inputs);
    } finally {
      delete(file);
      delete(folder);
    }
  }

  private static void delete(Path path) throws IOException {
    Files.deleteIfExists(path);
  }

  static Tensor output(Graph graph, Map<String, Tensor> inputs, String name) throws Exception {
    return Objects.requireNonNull(run(graph, inputs).get(name), name);
  }

  static float[] values(long seed, double deviation, int count) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }

  static Tensor random(long seed, double deviation, long... dims) {
    int count = 1;
    for (long dim : dims) {
      count = Math.toIntExact(count * dim);
    }
    return Tensor.floats(list(dims), values(seed, deviation, count));
  }

  static List<Long> list(long... dims) {
    return java.util.Arrays.stream(dims).boxed().toList();
  }

  static double largestDifference(float[] left, float[] right) {
    if (left.length != right.length) {
      throw new AssertionError("%d values against %d".formatted(left.length, right.length));
    }
    double largest = 0;
    for (int i = 0; i < left.length; i++) {
      largest = Math.max(largest, Math.abs((double) left[i] - right[i]));
    }
    return largest;
  }
}
