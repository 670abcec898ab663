package dev.graft.merge;

import dev.graft.adapter.Adapter;
import dev.graft.export.Bundle;
import dev.graft.infer.Engine;
import dev.graft.infer.EngineOptions;
import dev.graft.infer.Prediction;
import dev.graft.infer.Request;
import dev.graft.infer.TokenInputs;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.TaskGraphs;
import dev.graft.ort.ModelSource;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.OrtRuntime;
import dev.graft.ort.RunResult;
import dev.graft.ort.SessionSettings;
import dev.graft.text.Encoded;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The merged model beside the adapter path on the same texts. */
record Comparison(Map<String, Double> maxAbsDiff, int probes, int labelChanges) {
  private static final String ADAPTER = "merged";

  /** Runs both on every text. */
  static Comparison of(Bundle bundle, Adapter adapter, Path model, List<String> texts)
      throws IOException {
    Map<String, Double> largest = new TreeMap<>();
    int labelChanges = 0;
    try (Engine engine = Engine.open(bundle, EngineOptions.defaults());
        TextTokenizer tokenizer = TextTokenizer.open(bundle.tokenizer());
        OrtModel merged = OrtRuntime.open(ModelSource.file(model), SessionSettings.defaults())) {
      boolean classifies = merged.outputNames().contains(ClassificationHead.LOGITS);
      String output = classifies ? ClassificationHead.LOGITS : TaskGraphs.EMBEDDING;
      engine.load(ADAPTER, adapter);
      for (String text : texts) {
        float[] actual = run(bundle, merged, tokenizer, text, output);
        float[] expected = expected(engine, text, classifies);
        largest.merge(output, difference(actual, expected), Math::max);
        if (classifies && argMax(actual) != argMax(expected)) {
          labelChanges++;
        }
      }
    }
    return new Comparison(largest, texts.size(), labelChanges);
  }

  private static float[] run(
      Bundle bundle, OrtModel model, TextTokenizer tokenizer, String text, String output) {
    Encoded encoded = tokenizer.encode(text, bundle.manifest().maxLength());
    try (TokenInputs inputs =
            TokenInputs.of(List.of(encoded), tokenizer.padId(), bundle.manifest().baseInputs());
        RunResult result =
            model.run(Map.<String, NativeTensor>copyOf(inputs.feeds()), List.of(output))) {
      return result.floats(output);
    }
  }

  private static float[] expected(Engine engine, String text, boolean classifies) {
    Request request = Request.of(text, ADAPTER);
    if (!classifies) {
      return engine.embed(List.of(request), false).get(0).values();
    }
    Prediction prediction = engine.predict(List.of(request)).get(0);
    float[] logits = new float[prediction.logits().size()];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = prediction.logits().get(i);
    }
    return logits;
  }

  static double difference(float[] actual, float[] expected) {
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = Math.abs((double) actual[i] - expected[i]);
      largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(largest, difference);
    }
    return largest;
  }

  static int argMax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  /** Refuses a merged model that answers differently; half precision may round, but not break. */
  void require(MergeOptions options) {
    double largest = maxAbsDiff.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
    boolean broken =
        options.precision() == MergeOptions.Precision.FP32
            ? largest > options.tolerance()
            : !Double.isFinite(largest);
    if (broken) {
      throw new MergeException(
          "the merged model differs from the adapter path by %.3g on %d probes, %s is allowed; nothing was written"
              .formatted(largest, probes, options.tolerance()));
    }
  }
}
