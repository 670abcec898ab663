package dev.graft.pretrained;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.Probe;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.format.WriteOptions;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.export.AdapterBinding;
import dev.graft.export.Bundle;
import dev.graft.export.HeadStyle;
import dev.graft.infer.Embedding;
import dev.graft.infer.Engine;
import dev.graft.infer.EngineOptions;
import dev.graft.infer.Prediction;
import dev.graft.infer.Request;
import dev.graft.merge.MergeOptions;
import dev.graft.merge.MergeReport;
import dev.graft.merge.Merger;
import dev.graft.ort.NativeHandles;
import dev.graft.testmodels.TinyCheckpoints;
import dev.graft.train.TrainingData;
import dev.graft.train.TrainingException;
import dev.graft.train.TrainingResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Encoders with the classification heads of their families, from checkpoint to merged model. */
class FamilyHeadTest {
  private static final List<String> TEXTS = List.of("a place of food", "the river", "you are");
  private static final double SAME = 1e-5;

  @TempDir Path folder;
  private long handles;

  static List<String> encoders() {
    return TinyCheckpoints.ENCODERS;
  }

  @BeforeEach
  void countHandles() {
    handles = NativeHandles.openCount();
  }

  @AfterEach
  void everyHandleIsClosed() {
    assertEquals(handles, NativeHandles.openCount(), NativeHandles.describeOpen()::toString);
  }

  private static Engine engine(Bundle bundle) throws IOException {
    return Engine.open(bundle, EngineOptions.defaults().withThreads(1));
  }

  private Bundle classifier(String family) throws IOException {
    return FamilyHeads.export(FamilyHeads.classifier(family), folder, Optional.empty());
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void theBaseAnswersWithTheHeadThatCameWithIt(String family) throws IOException {
    Bundle bundle = classifier(family);
    AdapterBinding.Head head = bundle.head().orElseThrow();
    List<Request> requests = TEXTS.stream().map(Request::ofBase).toList();
    try (Engine engine = engine(bundle)) {
      List<Prediction> answers = engine.predict(requests);
      List<Embedding> pooled = engine.embed(requests, false);

      for (int i = 0; i < requests.size(); i++) {
        float[] expected = byHand(family, head, pooled.get(i).values());
        assertEquals(FamilyHeads.LABELS, answers.get(i).labels());
        assertEquals("", answers.get(i).adapterDigest());
        for (int label = 0; label < expected.length; label++) {
          assertEquals(expected[label], answers.get(i).logits().get(label), SAME);
        }
      }
    }
  }

  /** What the family's modelling code does with the pooled vector. */
  private static float[] byHand(String family, AdapterBinding.Head head, float[] pooled) {
    float[] x = pooled;
    if (family.equals("roberta")) {
      x = linear(head, "classifier.dense", x);
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) Math.tanh(x[i]);
      }
      return linear(head, "classifier.out_proj", x);
    }
    if (family.equals("distilbert")) {
      x = linear(head, "pre_classifier", x);
      for (int i = 0; i < x.length; i++) {
        x[i] = Math.max(0, x[i]);
      }
    }
    return linear(head, "classifier", x);
  }

  private static float[] linear(AdapterBinding.Head head, String module, float[] x) {
    FloatTensor weight = Objects.requireNonNull(head.tensors().get(module + ".weight"));
    float[] y = Objects.requireNonNull(head.tensors().get(module + ".bias")).toArray();
    float[] w = weight.toArray();
    for (int row = 0; row < y.length; row++) {
      for (int i = 0; i < x.length; i++) {
        y[row] += w[row * x.length + i] * x[i];
      }
    }
    return y;
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void anEncoderLearnsWithANewHeadAndIsSavedAsPeftHasIt(String family) throws IOException {
    Bundle bundle =
        FamilyHeads.export(TinyCheckpoints.of(family), folder, Optional.of(HeadStyle.FAMILY));
    Path texts = FamilyHeads.texts(folder, "food", "water");

    TrainingResult result = FamilyHeads.train(bundle, texts, 40, run());

    assertEquals(1.0, result.record().bestEval().orElseThrow().evalAccuracy());
    assertTrue(losses().get(39) < 0.5 * losses().get(0), () -> losses().toString());
    Adapter adapter = FamilyHeads.adapter(run());
    assertEquals(Optional.of("SEQ_CLS"), adapter.config().taskType());
    assertEquals(
        Set.copyOf(bundle.manifest().head().orElseThrow().tensors()), adapter.saved().keySet());
    assertTrue(
        LoraModules.in(adapter).keySet().stream().allMatch(m -> m.startsWith(family + ".")),
        () -> LoraModules.in(adapter).keySet().toString());
    assertEquals(
        family.equals("distilbert")
            ? List.of("classifier", "pre_classifier")
            : List.of("classifier"),
        adapter.config().modulesToSave());
    try (Engine engine = engine(bundle)) {
      engine.load("read", adapter);
      Probe probe = adapter.record().probes().get(1);
      List<Float> found = engine.predict(List.of(Request.of(probe.text(), "read"))).get(0).logits();
      assertEquals(probe.adapter().size(), found.size());
      for (int i = 0; i < found.size(); i++) {
        assertEquals(probe.adapter().get(i), found.get(i), SAME);
      }
    }
  }

  private List<Double> losses() {
    try {
      ObjectMapper json = new ObjectMapper();
      List<Double> losses = new ArrayList<>();
      for (String line : Files.readAllLines(folder.resolve("run/metrics.jsonl"))) {
        JsonNode node = json.readTree(line);
        if (node.has("loss")) {
          losses.add(node.get("loss").asDouble());
        }
      }
      return losses;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void trainingGoesOnFromTheHeadThatCameWithTheBase(String family) throws IOException {
    Bundle bundle = classifier(family);
    // Sorted, the labels would be in another order than the head has them.
    Path texts = FamilyHeads.texts(folder, "water", "food");
    double expected = 0;
    try (Engine engine = engine(bundle)) {
      Map<String, Integer> rows =
          Map.of(
              "the food is in the city",
              1,
              "place of food",
              1,
              "a river",
              0,
              "you are in the river",
              0);
      for (Map.Entry<String, Integer> row : rows.entrySet()) {
        expected +=
            engine.predict(List.of(Request.ofBase(row.getKey()))).get(0).lossOf(row.getValue()) / 4;
      }
    }

    FamilyHeads.train(bundle, texts, 2, run());

    assertEquals(expected, losses().get(0), 1e-4);
    assertEquals(FamilyHeads.LABELS, FamilyHeads.adapter(run()).record().labels());
  }

  @Test
  void otherLabelsGetANewLastLayerOnTheFirstOne() throws IOException {
    Bundle bundle = classifier("roberta");
    Path texts = FamilyHeads.texts(folder, "dry", "wet");

    FamilyHeads.train(bundle, texts, 1, run());

    Adapter adapter = FamilyHeads.adapter(run());
    Map<String, FloatTensor> own = bundle.head().orElseThrow().tensors();
    assertEquals(List.of("dry", "wet"), adapter.record().labels());
    // One step moves a value by at most the learning rate.
    assertTrue(furthest(own, adapter, "classifier.dense.weight") < 0.021);
    assertTrue(furthest(own, adapter, "classifier.out_proj.weight") > 0.1);
    assertNotEquals(0, furthest(own, adapter, "classifier.dense.weight"));
  }

  /** PEFT's files name no labels, so their number is all there is to compare. */
  @Test
  void goesOnFromAnAdapterOfAsManyLabels() throws IOException {
    Bundle bundle = classifier("roberta");
    Path texts = FamilyHeads.texts(folder, "food", "water");
    FamilyHeads.train(bundle, texts, 3, folder.resolve("first"));
    Adapter first = FamilyHeads.adapter(folder.resolve("first"));
    Path unnamed = folder.resolve("unnamed");
    new PeftFormat().write(first.withRecord(GraftRecord.empty()), unnamed, WriteOptions.defaults());

    FamilyHeads.train(bundle, TrainingData.of(texts).withInitAdapter(unnamed), 1, run());
    Files.writeString(
        texts, "{\"text\": \"you\", \"label\": \"more\"}\n", StandardOpenOption.APPEND);
    String message =
        refusal(
            TrainingException.class,
            () ->
                FamilyHeads.train(
                    bundle,
                    TrainingData.of(texts).withInitAdapter(unnamed),
                    1,
                    folder.resolve("more")));

    assertTrue(
        furthest(first.saved(), FamilyHeads.adapter(run()), "classifier.out_proj.weight") < 0.021);
    assertTrue(message.contains("has 2 labels, and the data has 3: [food, more, water]"), message);
  }

  private Path run() {
    return folder.resolve("run");
  }

  private static double furthest(Map<String, FloatTensor> from, Adapter adapter, String name) {
    float[] a = Objects.requireNonNull(from.get(name)).toArray();
    float[] b = Objects.requireNonNull(adapter.saved().get(name)).toArray();
    double furthest = 0;
    for (int i = 0; i < a.length; i++) {
      furthest = Math.max(furthest, Math.abs(a[i] - b[i]));
    }
    return furthest;
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void everyRowOfABatchHasItsOwnHeadAndMergesWithIt(String family) throws IOException {
    Bundle bundle = classifier(family);
    FamilyHeads.train(
        bundle, FamilyHeads.texts(folder, "food", "water"), 8, folder.resolve("same"));
    Path three = folder.resolve("three.jsonl");
    Files.writeString(
        three,
        Files.readString(FamilyHeads.texts(folder, "dry", "wet"))
            + "{\"text\": \"you are here\", \"label\": \"none\"}\n");
    FamilyHeads.train(bundle, three, 8, folder.resolve("other"));
    Adapter other = FamilyHeads.adapter(folder.resolve("other"));
    try (Engine engine = engine(bundle)) {
      engine.load("same", FamilyHeads.adapter(folder.resolve("same")));
      engine.load("other", other);
      List<Request> mixed =
          TEXTS.stream()
              .flatMap(
                  text ->
                      List.of(
                          Request.of(text, "same"), Request.ofBase(text), Request.of(text, "other"))
                          .stream())
              .toList();

      List<Prediction> together = engine.predict(mixed);

      for (int i = 0; i < mixed.size(); i++) {
        Prediction alone = engine.predict(List.of(mixed.get(i))).get(0);
        assertEquals(alone.labels(), together.get(i).labels());
        for (int label = 0; label < alone.logits().size(); label++) {
          assertEquals(alone.logits().get(label), together.get(i).logits().get(label), SAME);
        }
      }
      assertEquals(3, together.get(2).logits().size());
    }

    MergeReport report =
        Merger.merge(
            bundle, other, folder.resolve("merged"), MergeOptions.of(MergeOptions.Precision.FP32));

    assertTrue(report.largestDifference() < 1e-4, report::toString);
  }

  @Test
  void aCheckpointsHeadCanBeLeftOut() throws IOException {
    Bundle bundle =
        FamilyHeads.export(FamilyHeads.classifier("bert"), folder, Optional.of(HeadStyle.POOLED));

    assertEquals(Optional.of("mean"), bundle.manifest().poolingText());
    assertEquals(List.of(), bundle.manifest().headLabels());
    assertTrue(bundle.head().isEmpty());
  }
}
