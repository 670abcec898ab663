package dev.graft.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.export.Bundle;
import dev.graft.export.BundleGraph;
import dev.graft.inject.InPlaceAttention;
import dev.graft.ort.NativeHandles;
import dev.graft.session.BasePrecision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationEngineTest {
  private static final List<List<Integer>> PROMPTS =
      List.of(
          List.of(70, 71, 72, 73, 74),
          List.of(100),
          List.of(40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52),
          List.of(200, 60));

  @TempDir Path folder;
  private long handlesBefore;

  @BeforeEach
  void countHandles() {
    handlesBefore = NativeHandles.openCount();
  }

  @AfterEach
  void everyHandleIsClosed() {
    assertEquals(
        handlesBefore, NativeHandles.openCount(), () -> NativeHandles.describeOpen().toString());
  }

  private static GenerationOptions options() {
    return GenerationOptions.defaults().withThreads(1);
  }

  private static GenerationRequest request(List<Integer> prompt, int count) {
    return GenerationRequest.of(Prompt.ofTokens(prompt))
        .withStopping(Stopping.defaults().withEndTokens(false).withMaxNewTokens(count));
  }

  /** Adapters of all kinds by name. */
  private static Map<String, Adapter> adapters(Bundle bundle) {
    boolean gpt2 = bundle.manifest().requireDecoder().family().equals("gpt2");
    Map<String, Adapter> adapters = new HashMap<>();
    String[] some = gpt2 ? new String[] {"c_attn"} : new String[] {"q_proj", "v_proj"};
    String[] more = gpt2 ? new String[] {"c_fc"} : new String[] {"down_proj", "q_proj"};
    adapters.put("some", TinyDecoders.lora(bundle, 1, 4, some));
    adapters.put("others", TinyDecoders.lora(bundle, 2, 2, some));
    adapters.put("more", TinyDecoders.lora(bundle, 3, 3, more));
    adapters.put("prefix", TinyDecoders.prefix(bundle, 4, 5));
    adapters.put("longer", TinyDecoders.prefix(bundle, 5, 9));
    return adapters;
  }

  private static GenerationEngine engine(Bundle bundle, GenerationOptions options)
      throws IOException {
    GenerationEngine engine = GenerationEngine.open(bundle, options);
    adapters(bundle).forEach(engine::load);
    return engine;
  }

  /** Requests of every adapter and prompt, all of other lengths. */
  private static List<GenerationRequest> mixed(Bundle bundle) {
    List<GenerationRequest> requests = new ArrayList<>();
    for (List<Integer> prompt : PROMPTS) {
      requests.add(request(prompt, 6 + requests.size() % 7));
      for (String name : adapters(bundle).keySet()) {
        requests.add(request(prompt, 6 + requests.size() % 7).withAdapter(name));
      }
    }
    return requests;
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "mistral", "qwen2", "qwen3", "gpt2"})
  void tokensAreThoseOfReadingTheWholeTextAnew(String family) throws IOException {
    Bundle bundle = TinyDecoders.export(folder, family);
    Map<String, Adapter> adapters = adapters(bundle);
    try (GenerationEngine engine = engine(bundle, options())) {
      Set<List<Integer>> answers = new HashSet<>();
      for (Map.Entry<String, Adapter> adapter : adapters.entrySet()) {
        GenerationResult found =
            engine.generate(request(PROMPTS.get(0), 20).withAdapter(adapter.getKey()));

        assertEquals(
            Uncached.greedy(bundle, PROMPTS.get(0), adapter.getValue(), 20),
            found.tokens(),
            adapter.getKey());
        assertEquals(adapter.getValue().digest(), found.adapterDigest());
        answers.add(found.tokens());
      }
      assertEquals(adapters.size(), answers.size(), "adapters answer alike");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen3", "gpt2"})
  void sequencesThatJoinAndLeaveSayWhatEachSaysAlone(String family) throws IOException {
    Bundle bundle = TinyDecoders.export(folder, family);
    List<GenerationRequest> requests = mixed(bundle);
    List<GenerationResult> alone = new ArrayList<>();
    try (GenerationEngine engine = engine(bundle, options())) {
      requests.forEach(request -> alone.add(engine.generate(request)));
    }
    for (GenerationOptions options :
        List.of(
            options(),
            options().withMaxRows(5).withPrefillTokens(4),
            options().withInPlaceAttention(false),
            options().withInPlaceAttention(false).withMaxRows(5).withPrefillTokens(4))) {
      try (GenerationEngine engine = engine(bundle, options)) {
        List<GenerationResult> together = engine.generate(requests);

        for (int i = 0; i < requests.size(); i++) {
          assertEquals(alone.get(i).tokens(), together.get(i).tokens(), "request " + i);
          assertEquals(alone.get(i).text(), together.get(i).text());
          assertEquals(alone.get(i).adapterDigest(), together.get(i).adapterDigest());
          assertEquals(FinishReason.LENGTH, together.get(i).finishReason());
        }
      }
    }
  }

  /**
   * Two sequences with a prefix that are read together, the shorter one with holes between prefix
   * and prompt. They are submitted while the engine's thread is busy with the end of another, so
   * that they join in one step.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void promptsOfDifferentLengthReadTogetherBehindAPrefixKeepAllOfIt(boolean inPlace)
      throws Exception {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    List<GenerationRequest> two =
        List.of(
            request(List.of(40, 41, 42, 43, 44, 45, 46, 47, 48, 49), 12).withAdapter("prefix"),
            request(List.of(200, 60, 71, 5, 90, 33, 18, 27, 64), 12).withAdapter("prefix"));
    try (GenerationEngine engine = engine(bundle, options().withInPlaceAttention(inPlace))) {
      List<List<Integer>> alone =
          two.stream().map(request -> engine.generate(request).tokens()).toList();
      CompletableFuture<List<Generation>> joined = new CompletableFuture<>();
      engine.submit(
          request(PROMPTS.get(0), 1),
          new GenerationListener() {
            @Override
            public void onText(String piece) {
              // Only the end matters.
            }

            @Override
            public void onEnd(GenerationResult result) {
              joined.complete(two.stream().map(engine::submit).toList());
            }
          });

      List<Generation> together = joined.get(1, TimeUnit.MINUTES);

      for (int i = 0; i < two.size(); i++) {
        assertEquals(alone.get(i), together.get(i).result().tokens(), "request " + i);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"llama,true", "qwen3,true", "gpt2,true", "mistral,false", "qwen2,false"})
  void attentionIsInPlaceWhereHeadsAreLargeEnough(String family, boolean expected)
      throws IOException {
    Bundle bundle = TinyDecoders.export(folder, family);
    assertEquals(
        expected,
        InPlaceAttention.apply(
                bundle.model(BundleGraph.INFERENCE).graph(), bundle.manifest().requireDecoder())
            .isPresent());
  }

  @Test
  void theSameSeedSaysTheSameWhateverElseIsGenerated() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    Sampling drawn = Sampling.seeded(11).withTopK(40).withTopP(0.95).withRepetitionPenalty(1.1);
    GenerationRequest request = request(PROMPTS.get(0), 30).withAdapter("some").withSampling(drawn);
    try (GenerationEngine engine = engine(bundle, options())) {
      GenerationResult alone = engine.generate(request);
      List<GenerationRequest> crowd = new ArrayList<>(mixed(bundle));
      crowd.add(3, request);
      crowd.add(request.withSampling(drawn.withSeed(12)));

      List<GenerationResult> together = engine.generate(crowd);

      assertEquals(alone.tokens(), together.get(3).tokens());
      assertNotEquals(alone.tokens(), together.get(together.size() - 1).tokens());
      assertNotEquals(
          alone.tokens(), engine.generate(request.withSampling(Sampling.greedy())).tokens());
    }
  }

  @Test
  void piecesJoinToTheTextOfAllTokens() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    try (GenerationEngine engine = engine(bundle, options())) {
      for (int seed = 0; seed < 8; seed++) {
        StringBuilder joined = new StringBuilder();
        List<GenerationResult> ended = new ArrayList<>();
        GenerationResult result =
            engine
                .submit(
                    request(PROMPTS.get(seed % 4), 40).withSampling(Sampling.seeded(seed)),
                    new GenerationListener() {
                      @Override
                      public void onText(String piece) {
                        assertFalse(piece.isEmpty());
                        joined.append(piece);
                      }

                      @Override
                      public void onEnd(GenerationResult result) {
                        ended.add(result);
                      }
                    })
                .result();

        int[] tokens = result.tokens().stream().mapToInt(Integer::intValue).toArray();
        assertEquals(engine.tokenizer().decode(tokens, true), result.text());
        assertEquals(result.text(), joined.toString());
        assertEquals(List.of(result), ended);
      }
    }
  }

  @Test
  void aStopStringEndsTheTextBeforeItself() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    try (GenerationEngine engine = engine(bundle, options())) {
      GenerationRequest request =
          request(PROMPTS.get(0), 30).withSampling(Sampling.seeded(3).withTopK(50));
      GenerationResult whole = engine.generate(request);
      String stop = whole.text().substring(9, 12);

      GenerationResult stopped = engine.generate(request.withStopStrings("\0\0", stop));

      assertEquals(whole.text().substring(0, whole.text().indexOf(stop)), stopped.text());
      assertEquals(FinishReason.STOP, stopped.finishReason());
      assertTrue(stopped.tokens().size() < 30);
      assertEquals(whole.tokens().subList(0, stopped.tokens().size()), stopped.tokens());
    }
  }

  @Test
  void stopTokensEndTheAnswerAndAreNoPartOfItsText() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    try (GenerationEngine engine = engine(bundle, options())) {
      GenerationRequest request = request(PROMPTS.get(0), 20);
      List<Integer> whole = engine.generate(request).tokens();
      int stop = whole.get(7);
      int first = whole.indexOf(stop);

      GenerationResult stopped =
          engine.generate(request.withStopping(request.stopping().withTokens(Set.of(stop))));

      assertEquals(FinishReason.STOP, stopped.finishReason());
      assertEquals(whole.subList(0, first + 1), stopped.tokens());
      int[] shown = whole.subList(0, first).stream().mapToInt(Integer::intValue).toArray();
      assertEquals(engine.tokenizer().decode(shown, true), stopped.text());
    }
  }

  @Test
  void theModelsEndTokensEndTheAnswer() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    List<Long> ends = bundle.manifest().requireDecoder().eosTokenIds();
    try (GenerationEngine engine = engine(bundle, options())) {
      for (int seed = 0; seed < 2_000; seed++) {
        Sampling hot = Sampling.seeded(seed).withTemperature(3);
        GenerationRequest request = request(PROMPTS.get(1), 40).withSampling(hot);
        List<Integer> whole = engine.generate(request).tokens();
        int end = whole.indexOf(Math.toIntExact(ends.get(0)));
        if (end < 0 || ends.stream().anyMatch(e -> whole.subList(0, end).contains(e.intValue()))) {
          continue;
        }

        GenerationResult result =
            engine.generate(request.withStopping(request.stopping().withEndTokens(true)));

        assertEquals(whole.subList(0, end + 1), result.tokens());
        assertEquals(FinishReason.STOP, result.finishReason());
        return;
      }
    }
    throw new AssertionError("no answer with an end token");
  }

  @Test
  void scoresAreLogarithmsOfProbabilities() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    try (GenerationEngine engine = engine(bundle, options())) {
      GenerationResult result =
          engine.generate(
              request(PROMPTS.get(0), 5)
                  .withSampling(Sampling.seeded(3).withTopK(2))
                  .withScores(100));
      assertEquals(5, result.scores().size());
      for (int i = 0; i < 5; i++) {
        TokenScore score = result.scores().get(i);
        assertEquals(result.tokens().get(i), score.chosen().token());
        assertEquals(1, sum(score, true), 1e-6);
        assertTrue(sum(score, false) < 1 && sum(score, false) > 100.0 / 259);
        assertTrue(score.top().get(0).logProb() >= score.chosen().logProb());
      }
      assertEquals(List.of(), engine.generate(request(PROMPTS.get(0), 5)).scores());
    }
  }

  private static double sum(TokenScore score, boolean sampled) {
    return score.top().stream()
        .mapToDouble(c -> Math.exp(sampled ? c.sampledLogProb() : c.logProb()))
        .sum();
  }

  @Test
  void textPromptsAreTokenizedAndRenderedOnesTooButPlain() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    try (GenerationEngine engine = engine(bundle, options())) {
      GenerationResult result =
          engine.generate(
              GenerationRequest.of(Prompt.ofRendered("<|im_start|>user\nhi")).withMaxNewTokens(3));
      assertEquals(1 + "user\nhi".length(), result.promptTokens());
      assertEquals(1, engine.generate(GenerationRequest.of("").withMaxNewTokens(1)).promptTokens());
    }
  }

  @Test
  void int8GeneratesToo() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    try (GenerationEngine engine =
        engine(bundle, options().withBasePrecision(BasePrecision.INT8))) {
      GenerationRequest request = request(PROMPTS.get(0), 20).withAdapter("some");
      assertEquals(engine.generate(request).tokens(), engine.generate(request).tokens());
    }
  }

  @Test
  void aFewCellsServeManySequencesOneAfterTheOther() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    List<GenerationRequest> requests = mixed(bundle);
    try (GenerationEngine engine = engine(bundle, options().withMaxCells(40))) {
      List<GenerationResult> results = engine.generate(requests);
      assertTrue(results.stream().allMatch(r -> r.finishReason() == FinishReason.LENGTH));
      ContextOverflowException e =
          assertThrows(
              ContextOverflowException.class, () -> engine.submit(request(PROMPTS.get(0), 37)));
      assertTrue(e.toString().contains("41"), e.toString());
      assertTrue(e.toString().contains("40"), e.toString());
    }
  }

  @Test
  void moreThanTheContextIsRefusedWithTheNumbers() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    assertEquals(64, bundle.manifest().maxLength());
    try (GenerationEngine engine = engine(bundle, options())) {
      GenerationRequest fits = request(PROMPTS.get(0), 59);
      assertEquals(59, engine.generate(fits).tokens().size());
      assertThrows(ContextOverflowException.class, () -> engine.submit(fits.withMaxNewTokens(60)));
      GenerationRequest behindPrefix = fits.withAdapter("longer");

      ContextOverflowException e =
          assertThrows(ContextOverflowException.class, () -> engine.submit(behindPrefix));

      for (String part : List.of("5 tokens", "'longer' 9", "59", "73", "64", "at most 50")) {
        assertTrue(e.toString().contains(part), e.toString());
      }
      assertEquals(50, engine.generate(behindPrefix.withMaxNewTokens(50)).tokens().size());
    }
  }

  @Test
  void tokensTheModelHasNotAreRefused() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    try (GenerationEngine engine = engine(bundle, options())) {
      for (int token : new int[] {-1, 259}) {
        IllegalArgumentException e =
            assertThrows(
                IllegalArgumentException.class, () -> engine.submit(request(List.of(7, token), 5)));
        assertTrue(e.toString().contains("258"), e.toString());
      }
    }
  }
}
