package dev.graft.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.export.Bundle;
import dev.graft.ort.NativeHandles;
import dev.graft.resident.UnknownAdapterException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Eight threads generate with six adapters that are replaced all the time. */
class GenerationStressTest {
  private static final int THREADS = 8;
  private static final int ROUNDS = 60;
  private static final List<Integer> PROMPT = List.of(70, 71, 72, 73, 74);

  @TempDir Path folder;
  private final Map<String, List<Integer>> expected = new ConcurrentHashMap<>();
  private final LongAdder answers = new LongAdder();
  private final LongAdder unknown = new LongAdder();

  private static GenerationRequest request(int count) {
    return GenerationRequest.of(Prompt.ofTokens(PROMPT))
        .withStopping(Stopping.defaults().withEndTokens(false).withMaxNewTokens(count));
  }

  @Test
  void noAnswerComesFromAnotherAdapter() throws Exception {
    final long handlesBefore = NativeHandles.openCount();
    Bundle bundle = TinyDecoders.export(folder, "llama");
    List<Adapter> adapters =
        List.of(
            TinyDecoders.lora(bundle, 1, 4, "q_proj", "v_proj"),
            TinyDecoders.lora(bundle, 2, 8, "q_proj", "v_proj"),
            TinyDecoders.lora(bundle, 3, 1, "q_proj", "v_proj"),
            TinyDecoders.lora(bundle, 4, 3, "down_proj", "k_proj"),
            TinyDecoders.prefix(bundle, 5, 3),
            TinyDecoders.prefix(bundle, 6, 8));
    GenerationOptions options = GenerationOptions.defaults().withThreads(1);
    try (GenerationEngine engine = GenerationEngine.open(bundle, options)) {
      for (Adapter adapter : adapters) {
        engine.load("alone", adapter);
        expected.put(adapter.digest(), engine.generate(request(24).withAdapter("alone")).tokens());
      }
      expected.put("", engine.generate(request(24)).tokens());
    }
    assertEquals(7, new HashSet<>(expected.values()).size(), "two adapters answer alike");
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (GenerationEngine engine = GenerationEngine.open(bundle, options.withMaxRows(6))) {
      List<Callable<Void>> workers = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Random random = new Random(100 + i);
        workers.add(() -> work(engine, adapters, random));
      }
      for (Future<Void> worker : threads.invokeAll(workers)) {
        worker.get();
      }
    } finally {
      threads.shutdown();
    }
    assertTrue(answers.sum() > THREADS * ROUNDS / 2, () -> "too few answers: " + answers);
    assertEquals(
        handlesBefore, NativeHandles.openCount(), () -> NativeHandles.describeOpen().toString());
  }

  private Void work(GenerationEngine engine, List<Adapter> adapters, Random random) {
    for (int round = 0; round < ROUNDS; round++) {
      String name = "tenant" + random.nextInt(4);
      if (random.nextInt(3) == 0) {
        engine.load(name, adapters.get(random.nextInt(adapters.size())));
      } else if (random.nextInt(20) == 0) {
        engine.unload(name);
      }
      GenerationRequest request = request(1 + random.nextInt(24));
      try {
        Generation generation =
            engine.submit(random.nextInt(7) == 0 ? request : request.withAdapter(name));
        if (random.nextInt(8) == 0) {
          generation.cancel();
        }
        check(generation.result());
      } catch (UnknownAdapterException e) {
        unknown.increment();
      }
    }
    return null;
  }

  private void check(GenerationResult result) {
    answers.increment();
    List<Integer> known = expected.getOrDefault(result.adapterDigest(), List.of());
    assertEquals(known.subList(0, result.tokens().size()), result.tokens());
  }
}
