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
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.adapter.prefix.PrefixConfig;
import dev.graft.adapter.prefix.PrefixInit;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.Pooling;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class AdapterBindingTest {
  private static final String BASE = "sha256:" + "1".repeat(64);
  private static final String TOKENIZER = "sha256:" + "2".repeat(64);
  private static final String OTHER = "sha256:" + "3".repeat(64);
  private static final String QUERY = "encoder.layer.0.attention.self.query";
  private static final String VALUE = "encoder.layer.0.attention.self.value";
  private static final int HIDDEN = 8;
  private static final int LABELS = 3;

  private final Map<String, LoraWeights> lora = new TreeMap<>();
  private final Map<String, FloatTensor> saved = new TreeMap<>();
  private GraftRecord record =
      GraftRecord.builder()
          .baseDigest(BASE)
          .tokenizerDigest(TOKENIZER)
          .pooling("mean")
          .labels(List.of("a", "b", "c"))
          .build();

  private ClassificationHead head = ClassificationHead.linear();

  private Manifest manifest(Task task) {
    return new Manifest(
        Manifest.FORMAT_VERSION,
        "test",
        task,
        Optional.of(Pooling.MEAN),
        task == Task.TEXT_CLASSIFICATION ? Optional.of(head) : Optional.empty(),
        List.of(),
        Optional.empty(),
        List.of("LORA"),
        BASE,
        Optional.of(TOKENIZER),
        HIDDEN,
        64,
        List.of("input_ids", "attention_mask"),
        List.of(new Slot(QUERY, HIDDEN, HIDDEN), new Slot(VALUE, HIDDEN, 4)),
        Map.of(),
        Map.of());
  }

  private AdapterBindingTest module(String path, int in, int out) {
    lora.put(
        path,
        new LoraWeights(
            FloatTensor.of(List.of(2L, (long) in), filled(2 * in)),
            FloatTensor.of(List.of((long) out, 2L), filled(out * 2))));
    return this;
  }

  private AdapterBindingTest parameter(String name, long... shape) {
    int count = 1;
    for (long s : shape) {
      count = Math.toIntExact(count * s);
    }
    saved.put(name, FloatTensor.of(java.util.Arrays.stream(shape).boxed().toList(), filled(count)));
    return this;
  }

  private AdapterBindingTest head() {
    return parameter("classifier.weight", LABELS, HIDDEN).parameter("classifier.bias", LABELS);
  }

  private static float[] filled(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = 1 + i;
    }
    return values;
  }

  private AdapterBinding bind(Task task) {
    LoraConfig config =
        LoraConfig.builder()
            .rank(2)
            .alpha(6)
            .targets(TargetModules.suffixes("query", "value"))
            .build();
    return AdapterBinding.bind(
        manifest(task), Adapter.of(config, LoraModules.of(lora), saved, record));
  }

  private void assertRefused(String... parts) {
    IncompatibleAdapterException e =
        assertThrows(IncompatibleAdapterException.class, () -> bind(Task.TEXT_CLASSIFICATION));
    for (String part : parts) {
      assertTrue(e.toString().contains(part), () -> e + " lacks " + part);
    }
  }

  @Test
  void bindsModulesHeadAndScale() {
    AdapterBinding binding = module(QUERY, HIDDEN, HIDDEN).head().bind(Task.TEXT_CLASSIFICATION);
    Slot slot = new Slot(QUERY, HIDDEN, HIDDEN);
    assertEquals(Set.of(slot), binding.slots().keySet());
    assertEquals(3, binding.scaleOf(slot));
    assertEquals(
        List.of("a", "b", "c"), binding.head().map(AdapterBinding.Head::labels).orElse(List.of()));
    assertThrows(IllegalArgumentException.class, () -> binding.scaleOf(new Slot(VALUE, HIDDEN, 4)));
  }

  @Test
  void refusesAnAdapterOfATypeItHasNoPlaceFor() {
    PrefixWeights prefix = PrefixInit.random(PrefixConfig.of(2, 1, 2, 4), 1);
    Adapter adapter = Adapter.of(prefix.config(), prefix, Map.of(), GraftRecord.empty());
    IncompatibleAdapterException e =
        assertThrows(
            IncompatibleAdapterException.class,
            () -> AdapterBinding.bind(manifest(Task.FEATURE_EXTRACTION), adapter));
    assertTrue(e.toString().contains("PREFIX_TUNING"), e.toString());
  }

  @Test
  void refusesAnAdapterOfAnotherBase() {
    record = record.toBuilder().baseDigest(OTHER).build();
    module(QUERY, HIDDEN, HIDDEN).head().assertRefused(BASE, OTHER, "base model");
  }

  @Test
  void refusesAnAdapterOfAnotherTokenizer() {
    record = record.toBuilder().tokenizerDigest(OTHER).build();
    module(QUERY, HIDDEN, HIDDEN).head().assertRefused(TOKENIZER, OTHER, "tokenizer.json");
  }

  @Test
  void refusesAnotherPoolingNamingTheExportThatHasIt() {
    record = record.toBuilder().pooling("cls").build();
    module(QUERY, HIDDEN, HIDDEN).head().assertRefused("'cls'", "'mean'", "--pooling cls");
  }

  @Test
  void acceptsAnAdapterThatDoesNotSayWhereItIsFrom() {
    record = GraftRecord.builder().build();
    AdapterBinding binding = module(QUERY, HIDDEN, HIDDEN).head().bind(Task.TEXT_CLASSIFICATION);
    assertEquals(
        List.of("LABEL_0", "LABEL_1", "LABEL_2"),
        binding.head().map(AdapterBinding.Head::labels).orElse(List.of()));
  }

  @Test
  void refusesAModuleWithoutSlotNamingTheNearest() {
    module("encoder.layer.0.attention.self.quary", HIDDEN, HIDDEN)
        .assertRefused("quary", "--targets", "nearest is '" + QUERY + "'");
  }

  @Test
  void refusesMatricesOfAnotherSize() {
    module(QUERY, HIDDEN, 16).assertRefused(QUERY, "8 to 16", "8 to 8");
  }

  @Test
  void findsASlotBehindThePrefixOfAModelWithAHead() {
    AdapterBinding binding = module("bert." + QUERY, HIDDEN, HIDDEN).bind(Task.TEXT_CLASSIFICATION);
    assertEquals(
        Set.of(QUERY),
        binding.slots().keySet().stream().map(Slot::module).collect(Collectors.toSet()));
  }

  @Test
  void takesNoPartOfANameForItsEnd() {
    module("my" + QUERY, HIDDEN, HIDDEN).assertRefused("my" + QUERY);
  }

  @Test
  void refusesTwoModulesForOneSlot() {
    module(QUERY, HIDDEN, HIDDEN)
        .module("bert." + QUERY, HIDDEN, HIDDEN)
        .assertRefused("'" + QUERY + "'", "'bert." + QUERY + "'", "both");
  }

  @Test
  void refusesAHeadOfAnotherWidth() {
    module(QUERY, HIDDEN, HIDDEN)
        .parameter("classifier.weight", LABELS, 16)
        .assertRefused("classifier.weight", "[3, 16]", "[labels, 8]");
  }

  @Test
  void refusesAHeadWithoutLabels() {
    module(QUERY, HIDDEN, HIDDEN)
        .parameter("classifier.weight", 0, HIDDEN)
        .assertRefused("classifier.weight", "at least one label");
  }

  @Test
  void refusesABiasOfAnotherLength() {
    module(QUERY, HIDDEN, HIDDEN)
        .parameter("classifier.weight", LABELS, HIDDEN)
        .parameter("classifier.bias", 5)
        .assertRefused("classifier.bias", "[5]", "3 rows");
  }

  @Test
  void refusesABiasAlone() {
    module(QUERY, HIDDEN, HIDDEN)
        .parameter("classifier.bias", LABELS)
        .assertRefused("'classifier.bias'", "no 'classifier.weight'");
  }

  @Test
  void aHeadWithoutBiasHasABiasOfZero() {
    AdapterBinding binding =
        module(QUERY, HIDDEN, HIDDEN)
            .parameter("classifier.weight", LABELS, HIDDEN)
            .bind(Task.TEXT_CLASSIFICATION);
    assertEquals(
        FloatTensor.zeros(List.of((long) LABELS)),
        binding.head().orElseThrow().tensors().get("classifier.bias"));
  }

  @Test
  void refusesAnotherNumberOfLabelsThanTheHeadHas() {
    record = record.toBuilder().labels(List.of("a", "b")).build();
    module(QUERY, HIDDEN, HIDDEN).head().assertRefused("2 labels", "head has 3");
  }

  @Test
  void refusesWholeParametersThatHaveNoPlace() {
    module(QUERY, HIDDEN, HIDDEN)
        .head()
        .parameter("pre_classifier.weight", HIDDEN, HIDDEN)
        .assertRefused("'pre_classifier.weight'", "modules_to_save");
  }

  @Test
  void embeddingsIgnoreTheHeadButNoOtherParameter() {
    AdapterBinding binding =
        module(QUERY, HIDDEN, HIDDEN)
            .head()
            .parameter("pre_classifier.weight", HIDDEN, HIDDEN)
            .bind(Task.FEATURE_EXTRACTION);
    assertTrue(binding.head().isEmpty());
    parameter("embeddings.word_embeddings.weight", 30, HIDDEN);
    assertThrows(IncompatibleAdapterException.class, () -> bind(Task.FEATURE_EXTRACTION));
  }
}
