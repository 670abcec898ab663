package dev.graft.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.HeadActivation;
import dev.graft.inject.HeadLayer;
import dev.graft.inject.Pooling;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Heads of two layers, and heads that belong to another model. */
class HeadBindingTest {
  private static final int HIDDEN = 4;
  private static final ClassificationHead ROBERTA =
      new ClassificationHead(
          "roberta",
          List.of(
              new HeadLayer("classifier.dense", HeadActivation.TANH),
              HeadLayer.linear("classifier.out_proj")),
          OptionalDouble.of(0.02));

  private final Map<String, FloatTensor> saved = new TreeMap<>();
  private GraftRecord record = GraftRecord.empty();
  private List<String> headLabels = List.of();

  private HeadBindingTest parameter(String name, long... shape) {
    saved.put(name, FloatTensor.zeros(Arrays.stream(shape).boxed().toList()));
    return this;
  }

  private HeadBindingTest dense() {
    return parameter("classifier.dense.weight", HIDDEN, HIDDEN)
        .parameter("classifier.dense.bias", HIDDEN);
  }

  private HeadBindingTest out(int labels) {
    return parameter("classifier.out_proj.weight", labels, HIDDEN)
        .parameter("classifier.out_proj.bias", labels);
  }

  private Optional<AdapterBinding.Head> bind(ClassificationHead head, Pooling pooling) {
    Manifest manifest =
        new Manifest(
            Manifest.FORMAT_VERSION,
            "test",
            Task.TEXT_CLASSIFICATION,
            Optional.of(pooling),
            Optional.of(head),
            headLabels,
            Optional.empty(),
            List.of("LORA"),
            "sha256:base",
            Optional.empty(),
            HIDDEN,
            16,
            List.of("input_ids", "attention_mask"),
            List.of(),
            Map.of(),
            Map.of());
    LoraConfig config =
        LoraConfig.builder().targets(TargetModules.none()).taskType("SEQ_CLS").build();
    return HeadBinding.of(manifest, Adapter.of(config, LoraModules.of(Map.of()), saved, record));
  }

  private void refused(ClassificationHead head, Pooling pooling, String... parts) {
    IncompatibleAdapterException e =
        assertThrows(IncompatibleAdapterException.class, () -> bind(head, pooling));
    for (String part : parts) {
      assertTrue(e.toString().contains(part), () -> e + " lacks " + part);
    }
  }

  @Test
  void bindsEveryLayer() {
    AdapterBinding.Head head = dense().out(3).bind(ROBERTA, Pooling.CLS).orElseThrow();

    assertEquals(ROBERTA.tensors(), List.copyOf(head.tensors().keySet()));
    assertEquals(List.of("LABEL_0", "LABEL_1", "LABEL_2"), head.labels());
    assertEquals(List.of(4L, 3L), shape(head.inputs(), "classifier.out_proj.weight"));
    assertEquals(List.of(3L, 4L), shape(head.tensors(), "classifier.out_proj.weight"));
  }

  private static List<Long> shape(Map<String, FloatTensor> tensors, String name) {
    return tensors.getOrDefault(name, FloatTensor.zeros(List.of(0L))).shape();
  }

  @Test
  void labelsWithoutANameHaveThoseOfTheModelsOwnHead() {
    headLabels = List.of("bad", "good");
    dense();

    assertEquals(headLabels, out(2).bind(ROBERTA, Pooling.CLS).orElseThrow().labels());
    assertEquals(
        List.of("LABEL_0", "LABEL_1", "LABEL_2"),
        out(3).bind(ROBERTA, Pooling.CLS).orElseThrow().labels());
    record = GraftRecord.builder().labels(List.of("no", "yes")).build();
    assertEquals(List.of("no", "yes"), out(2).bind(ROBERTA, Pooling.CLS).orElseThrow().labels());
  }

  @Test
  void refusesALayerThatIsMissing() {
    out(3)
        .refused(
            ROBERTA, Pooling.CLS, "'classifier.out_proj.weight'", "no 'classifier.dense.weight'");
  }

  @Test
  void refusesALayerOfAnotherWidth() {
    dense()
        .out(3)
        .parameter("classifier.dense.weight", 8, HIDDEN)
        .refused(ROBERTA, Pooling.CLS, "classifier.dense.weight", "[8, 4]", "[4, 4]");
  }

  @Test
  void refusesAHeadOfAnotherFamily() {
    parameter("classifier.weight", 3, HIDDEN)
        .refused(ROBERTA, Pooling.CLS, "'classifier.weight'", "[classifier.dense.weight");
  }

  @Test
  void refusesATrainedPooler() {
    dense()
        .out(3)
        .parameter("roberta.pooler.dense.weight", HIDDEN, HIDDEN)
        .refused(ROBERTA, Pooling.CLS, "'roberta.pooler.dense.weight'", "modules_to_save");
  }

  @Test
  void sendsAFamilysHeadToABundleThatHasIt() {
    dense()
        .out(3)
        .refused(
            ClassificationHead.linear(), Pooling.MEAN, "'classifier.dense.bias'", "--head family");
  }

  @Test
  void refusesASequenceClassifiersHeadOnMeans() {
    parameter("classifier.weight", 3, HIDDEN);

    refused(ClassificationHead.linear(), Pooling.MEAN, "SEQ_CLS", "'mean'", "--head family");
    assertTrue(bind(ClassificationHead.linear(), Pooling.POOLER).isPresent());
    record = GraftRecord.builder().pooling("mean").build();
    assertTrue(bind(ClassificationHead.linear(), Pooling.MEAN).isPresent());
  }
}
