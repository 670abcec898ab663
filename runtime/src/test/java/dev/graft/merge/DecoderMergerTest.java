package dev.graft.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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
import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.ExportOptions;
import dev.graft.export.Slot;
import dev.graft.export.Task;
import dev.graft.generate.GenerationEngine;
import dev.graft.generate.GenerationOptions;
import dev.graft.generate.GenerationRequest;
import dev.graft.generate.Prompt;
import dev.graft.generate.Stopping;
import dev.graft.merge.MergeOptions.Precision;
import dev.graft.module.DecoderInfo;
import dev.graft.ort.ModelSource;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.OrtRuntime;
import dev.graft.ort.RunResult;
import dev.graft.ort.SessionSettings;
import dev.graft.session.FirstTokens;
import dev.graft.testmodels.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoders with an adapter folded into their weights. */
class DecoderMergerTest {
  private static final List<Integer> PROMPT = List.of(70, 71, 90, 14, 200, 33);

  @TempDir Path folder;

  private Bundle bundle(String family) throws IOException {
    Path checkpoint =
        TinyCheckpoints.of(family)
            .tensors(
                tensors ->
                    tensors.replaceAll(
                        (name, tensor) ->
                            name.contains("norm") || name.contains("ln_")
                                ? tensor
                                : tensor.scaled(2.5)))
            .write(folder.resolve("checkpoint"));
    return BundleExporter.export(
            checkpoint,
            Optional.empty(),
            ExportOptions.of(Task.TEXT_GENERATION),
            folder.resolve("bundle"))
        .bundle();
  }

  private static Adapter lora(Bundle bundle) {
    Random random = new Random(3);
    Map<String, LoraWeights> lora = new TreeMap<>();
    for (Slot slot : bundle.manifest().slots()) {
      lora.put(
          slot.module(),
          new LoraWeights(noise(random, 2, slot.in()), noise(random, slot.out(), 2)));
    }
    LoraConfig config = LoraConfig.of(2, 4, new TargetModules.Suffixes(List.copyOf(lora.keySet())));
    return Adapter.of(config, LoraModules.of(lora), Map.of(), record(bundle));
  }

  private static GraftRecord record(Bundle bundle) {
    return GraftRecord.builder().baseDigest(bundle.manifest().baseDigest()).build();
  }

  private static FloatTensor noise(Random random, long rows, long columns) {
    float[] values = new float[Math.toIntExact(rows * columns)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() * 0.3f;
    }
    return FloatTensor.of(List.of(rows, columns), values);
  }

  private static List<Integer> answer(Bundle bundle, Optional<Adapter> adapter) throws IOException {
    GenerationRequest request =
        GenerationRequest.of(Prompt.ofTokens(PROMPT))
            .withStopping(Stopping.defaults().withEndTokens(false).withMaxNewTokens(16));
    try (GenerationEngine engine =
        GenerationEngine.open(bundle, GenerationOptions.defaults().withThreads(1))) {
      if (adapter.isPresent()) {
        engine.load("mine", adapter.get());
        request = request.withAdapter("mine");
      }
      return engine.generate(request).tokens();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2", "gpt2"})
  void theMergedModelExportedAnewSaysWhatTheAdapterSays(String family) throws IOException {
    Bundle bundle = bundle(family);
    Adapter adapter = lora(bundle);
    Path merged = folder.resolve("merged");

    MergeReport report = Merger.merge(bundle, adapter, merged, MergeOptions.of(Precision.FP32));

    assertTrue(report.largestDifference() < 1e-3, () -> "" + report.largestDifference());
    for (String name : List.of("tokenizer.json", "config.json", "chat_template.jinja")) {
      assertTrue(Files.exists(merged.resolve(name)), name);
    }
    Bundle again =
        BundleExporter.export(
                merged.resolve(Merger.MODEL_FILE),
                Optional.empty(),
                ExportOptions.of(Task.TEXT_GENERATION),
                folder.resolve("again"))
            .bundle();
    assertEquals(bundle.manifest().decoder(), again.manifest().decoder());
    assertNotEquals(bundle.manifest().baseDigest(), again.manifest().baseDigest());
    List<Integer> expected = answer(bundle, Optional.of(adapter));
    assertNotEquals(expected, answer(bundle, Optional.empty()), "the adapter changes nothing");
    assertEquals(expected, answer(again, Optional.empty()));
  }

  @Test
  void halfPrecisionComesCloseAndTakesFloatsAsBefore() throws IOException {
    Bundle bundle = bundle("llama");
    Adapter adapter = lora(bundle);
    float[] whole = logits(bundle, adapter, Precision.FP32);
    float[] half = logits(bundle, adapter, Precision.FP16);
    float largest = 0;
    for (float logit : whole) {
      largest = Math.max(largest, Math.abs(logit));
    }
    assertArrayEquals(whole, half, 0.02f * largest);
    assertFalse(Arrays.equals(whole, half));
  }

  /** Logits of every position. */
  private float[] logits(Bundle bundle, Adapter adapter, Precision precision) throws IOException {
    Path merged = folder.resolve("merged-" + precision);
    Merger.merge(bundle, adapter, merged, MergeOptions.of(precision));
    DecoderInfo decoder = bundle.manifest().requireDecoder();
    int[] ids = PROMPT.stream().mapToInt(Integer::intValue).toArray();
    Map<String, NativeTensor> feeds = new HashMap<>();
    try (OrtModel model =
        OrtRuntime.open(
            ModelSource.file(merged.resolve(Merger.MODEL_FILE)), SessionSettings.defaults())) {
      model
          .inputNames()
          .forEach(name -> feeds.put(name, FirstTokens.input(name, decoder, ids).orElseThrow()));
      try (RunResult result = model.run(feeds, List.of("logits"))) {
        float[] logits = result.floats("logits");
        assertEquals(ids.length * decoder.vocabSize(), logits.length);
        return logits;
      }
    } finally {
      feeds.values().forEach(NativeTensor::close);
    }
  }

  @Test
  void aPrefixIsRefused() throws IOException {
    Bundle bundle = bundle("llama");
    DecoderInfo info = bundle.manifest().requireDecoder();
    PrefixConfig config = PrefixConfig.of(4, info.layers(), info.kvHeads(), info.headDim());
    Adapter prefix = Adapter.of(config, PrefixInit.random(config, 1), Map.of(), record(bundle));
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Merger.merge(
                    bundle, prefix, folder.resolve("merged"), MergeOptions.of(Precision.FP32)));
    assertTrue(refusal.toString().contains("changes no weights"), refusal::toString);
    assertTrue(Files.notExists(folder.resolve("merged")));
  }
}
