package dev.graft.bench;

import dev.graft.export.Bundle;
import dev.graft.export.BundleGraph;
import dev.graft.ort.ElementType;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.RunResult;
import dev.graft.ort.SessionSettings;
import dev.graft.ort.TensorSpec;
import dev.graft.session.BasePrecision;
import dev.graft.session.BundleSessions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Runs the training graph of a classifier's bundle with ONNX Runtime's profiler on random tokens
 * and prints where the profile is. {@code bench/train/profile} makes a table of it.
 *
 * <p>Arguments: bundle, rows, tokens, runs, precision (fp32 or int8), threads, prefix of the
 * profile's path.
 */
public final class StepProfile {
  private static final int LABELS = 150;
  private static final int RANK = 8;

  private StepProfile() {}

  public static void main(String[] args) throws IOException {
    Bundle bundle = Bundle.open(Path.of(args[0]));
    int rows = Integer.parseInt(args[1]);
    int tokens = Integer.parseInt(args[2]);
    BasePrecision precision = BasePrecision.valueOf(args[4].toUpperCase(java.util.Locale.ROOT));
    // As training opens it, but for the profiler.
    SessionSettings settings =
        SessionSettings.defaults()
            .withIntraOpThreads(Integer.parseInt(args[5]))
            .withPrepacking(false)
            .withMemoryPattern(false)
            .withProfiling(args[6]);
    Map<String, NativeTensor> feeds = new HashMap<>();
    Set<String> slots = Set.copyOf(bundle.manifest().slotModules());
    try (BundleSessions sessions = BundleSessions.of(bundle);
        OrtModel model =
            sessions.open(BundleGraph.TRAINING, slots, List.of(), precision, settings)) {
      Random random = new Random(1);
      model.inputs().forEach(spec -> feeds.put(spec.name(), input(spec, rows, tokens, random)));
      for (int i = 0; i < Integer.parseInt(args[3]); i++) {
        RunResult result = model.run(feeds, model.outputNames());
        result.close();
      }
      System.out.println(model.endProfiling());
    } finally {
      feeds.values().forEach(NativeTensor::close);
    }
  }

  private static NativeTensor input(TensorSpec spec, int rows, int tokens, Random random) {
    if (spec.type() == ElementType.INT64) {
      boolean labels = spec.name().equals("labels");
      int below = labels ? LABELS : spec.name().equals("input_ids") ? 20_000 : 0;
      long[] values =
          random.longs(labels ? rows : (long) rows * tokens, 0, Math.max(1, below)).toArray();
      if (spec.name().equals("attention_mask")) {
        java.util.Arrays.fill(values, 1);
      }
      return labels ? NativeTensor.of(values, rows) : NativeTensor.of(values, rows, tokens);
    }
    long[] shape = new long[spec.shape().size()];
    for (int i = 0; i < shape.length; i++) {
      long size = spec.shape().get(i);
      shape[i] = size > 0 ? size : spec.name().contains("lora") ? RANK : LABELS;
    }
    NativeTensor tensor = NativeTensor.floats(shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.floatBuffer().put(i, (float) random.nextGaussian() * 0.02f);
    }
    return tensor;
  }
}
