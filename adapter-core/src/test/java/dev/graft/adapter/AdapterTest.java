package dev.graft.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdapterTest {
  private static final LoraConfig CONFIG = LoraConfig.of(1, 2, TargetModules.suffixes("query"));

  private static final LoraModules NOTHING = LoraModules.of(Map.of());

  private static FloatTensor row(float... values) {
    return FloatTensor.of(List.of(1L, (long) values.length), values);
  }

  private static FloatTensor column(float... values) {
    return FloatTensor.of(List.of((long) values.length, 1L), values);
  }

  private static Adapter adapter(LoraConfig config, FloatTensor a, FloatTensor b) {
    return Adapter.of(
        config,
        LoraModules.of(Map.of("query", new LoraWeights(a, b))),
        Map.of(),
        GraftRecord.empty());
  }

  private static final Adapter SAMPLE = adapter(CONFIG, row(1, 2), column(3, 4, 5));

  @Test
  void theDigestIsThatOfItsContentForEver() {
    assertEquals(
        "sha256:f59524875fa474de643e064f58cf3a60649a829d6b339d77cc0b628e13558710", SAMPLE.digest());
  }

  @Test
  void whatChangesTheResultChangesTheDigest() {
    String digest = SAMPLE.digest();
    assertNotEquals(digest, adapter(CONFIG, row(1, 2.5f), column(3, 4, 5)).digest());
    assertNotEquals(digest, adapter(CONFIG, row(1, 2), column(3, 4)).digest());
    LoraConfig alpha = CONFIG.toBuilder().alpha(3).build();
    assertNotEquals(digest, adapter(alpha, row(1, 2), column(3, 4, 5)).digest());
    LoraConfig flipped = CONFIG.toBuilder().fanInFanOut(true).build();
    assertNotEquals(digest, adapter(flipped, row(1, 2), column(3, 4, 5)).digest());
    Adapter withHead =
        Adapter.of(
            CONFIG, SAMPLE.weights(), Map.of("classifier.bias", row(1)), GraftRecord.empty());
    assertNotEquals(digest, withHead.digest());
  }

  @Test
  void namesAndTheRecordDoNotChangeTheDigest() {
    LoraConfig renamed =
        CONFIG.toBuilder()
            .targets(TargetModules.parse("query"))
            .baseModelName("x")
            .dropout(0.5)
            .build();
    assertEquals(SAMPLE.digest(), adapter(renamed, row(1, 2), column(3, 4, 5)).digest());
    GraftRecord record = GraftRecord.builder().baseDigest("sha256:1").build();
    assertEquals(SAMPLE.digest(), SAMPLE.withRecord(record).digest());
    assertNotEquals(SAMPLE, SAMPLE.withRecord(record));
  }

  @Test
  void countsItsBytesAsFloats() {
    assertEquals(20, SAMPLE.sizeBytes());
  }

  @Test
  void isIneffectiveWhileEveryUpdateIsZero() {
    assertTrue(SAMPLE.isEffective());
    Adapter idle = adapter(CONFIG, row(1, 2), column(0, 0, -0f));
    assertFalse(idle.isEffective());
    assertFalse(
        Adapter.of(CONFIG, idle.weights(), Map.of("classifier.bias", row(1)), GraftRecord.empty())
            .isEffective());
    assertTrue(
        Adapter.of(CONFIG, NOTHING, Map.of("classifier.bias", row(1)), GraftRecord.empty())
            .isEffective());
  }

  @Test
  void refusesNothingAtAllAndRanksThatDisagree() {
    assertThrows(
        IllegalArgumentException.class,
        () -> Adapter.of(CONFIG, NOTHING, Map.of(), GraftRecord.empty()));
    LoraConfig other = CONFIG.toBuilder().rank(2).build();
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> adapter(other, row(1, 2), column(3)));
    assertTrue(String.valueOf(e.getMessage()).contains("\"query\" has rank 1"), e.getMessage());
  }

  @Test
  void refusesFactorsThatDoNotFit() {
    assertThrows(IllegalArgumentException.class, () -> new LoraWeights(row(1), row(1, 2)));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new LoraWeights(
                FloatTensor.zeros(List.of(0L, 3L)), FloatTensor.zeros(List.of(3L, 0L))));
    assertThrows(
        IllegalArgumentException.class,
        () -> new LoraWeights(FloatTensor.zeros(List.of(3L)), row(1)));
  }

  @Test
  void tensorsCannotBeChangedFromOutside() {
    float[] values = {1, 2};
    FloatTensor tensor = FloatTensor.of(List.of(2L), values);
    values[0] = 9;
    tensor.toArray()[1] = 9;
    assertEquals(FloatTensor.of(List.of(2L), new float[] {1, 2}), tensor);
    assertTrue(tensor.buffer().isReadOnly());
  }

  @Test
  void tensorsTranspose() {
    FloatTensor tensor = FloatTensor.of(List.of(2L, 3L), new float[] {1, 2, 3, 4, 5, 6});
    assertEquals(
        FloatTensor.of(List.of(3L, 2L), new float[] {1, 4, 2, 5, 3, 6}), tensor.transposed());
    assertThrows(IllegalStateException.class, () -> FloatTensor.zeros(List.of(2L)).transposed());
  }

  @Test
  void tensorsRefuseShapesThatDoNotFit() {
    assertThrows(
        IllegalArgumentException.class, () -> FloatTensor.of(List.of(2L, 2L), new float[3]));
    assertThrows(
        IllegalArgumentException.class, () -> FloatTensor.of(List.of(-1L, -3L), new float[3]));
    assertThrows(
        IllegalArgumentException.class, () -> FloatTensor.zeros(List.of(1L << 40, 1L << 40)));
  }

  @Test
  void labelsAreGivenOnce() {
    assertThrows(
        IllegalArgumentException.class,
        () -> GraftRecord.builder().labels(List.of("a", "a")).build());
  }

  @Test
  void nearNamesComeNearestFirst() {
    assertEquals(
        "did you mean \"value\"?",
        NearestNames.suggestion("vlaue", List.of("query", "value", "dense")));
    assertEquals("", NearestNames.suggestion("zzzzz", List.of("query", "value")));
    assertEquals(
        List.of("text-classification"),
        NearestNames.of("classification", List.of("feature-extraction", "text-classification"), 3));
  }
}
