package dev.graft.store.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.store.model.PublishRefusedException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdapterFactsTest {
  private static final String BASE = "sha256:" + "ab".repeat(32);
  private static final String TOKENIZER = "sha256:" + "cd".repeat(32);

  private static Adapter lora(float value, GraftRecord record) {
    LoraWeights weights =
        new LoraWeights(
            FloatTensor.of(List.of(2L, 1L), new float[] {1, value}),
            FloatTensor.of(List.of(1L, 2L), new float[] {1, 2}));
    return Adapter.of(
        LoraConfig.of(2, 2, TargetModules.suffixes("query")),
        LoraModules.of(Map.of("query", weights)),
        Map.of(),
        record);
  }

  private static GraftRecord record(String base, String tokenizer) {
    return GraftRecord.builder().baseDigest(base).tokenizerDigest(tokenizer).build();
  }

  private static String refusal(Adapter adapter) {
    var problem = assertThrows(PublishRefusedException.class, () -> AdapterFacts.of(adapter));
    return String.valueOf(problem.getMessage());
  }

  @Test
  void saysWhatAnAdapterOfEitherTypeBelongsTo() throws PublishRefusedException {
    FloatTensor part = FloatTensor.of(List.of(1L, 3L, 2L), new float[] {1, 2, 3, 4, 5, 6});
    PrefixWeights prefix = new PrefixWeights(List.of(new PrefixLayer(part, part)));

    assertEquals(
        new AdapterFacts(BASE, TOKENIZER, "LORA", 2),
        AdapterFacts.of(lora(1, record(BASE, TOKENIZER))));
    assertEquals(
        new AdapterFacts(BASE, TOKENIZER, "PREFIX_TUNING", 3),
        AdapterFacts.of(Adapter.of(prefix.config(), prefix, Map.of(), record(BASE, TOKENIZER))));
  }

  @Test
  void refusesWeightsThatAreNotFinite() {
    assertEquals(
        "the adapter has a NaN or infinite weight; its training diverged",
        refusal(lora(Float.NaN, record(BASE, TOKENIZER))));
  }

  @Test
  void refusesAnAdapterThatDoesNotSayWhatItBelongsTo() {
    assertEquals(
        "the adapter does not say which base it belongs to; give its base digest",
        refusal(lora(1, GraftRecord.empty())));
    assertEquals(
        "the adapter does not say which tokenizer it belongs to; give its tokenizer digest",
        refusal(lora(1, GraftRecord.builder().baseDigest(BASE).build())));
    assertEquals(
        "the adapter cannot be published: tokenizer digest \"sha256:12\" is not a digest; expected sha256: and 64 digits of 0-9 and a-f",
        refusal(lora(1, record(BASE, "sha256:12"))));
  }
}
