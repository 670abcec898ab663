package dev.graft.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.Probe;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.export.Bundle;
import dev.graft.generate.GenerationEngine;
import dev.graft.generate.GenerationOptions;
import dev.graft.generate.GenerationRequest;
import dev.graft.generate.TinyDecoders;
import dev.graft.generate.TokenScore.Candidate;
import dev.graft.ort.NativeHandles;
import dev.graft.ort.SessionSettings;
import dev.graft.store.check.PublishCheck.Findings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Probes of decoders: taken, asked again, and asked of what is not the same any more. */
class DecoderProbesTest {
  @TempDir Path folder;

  private static Adapter probed(Bundle bundle, Adapter adapter) throws IOException {
    List<Probe> probes =
        Probes.take(
            bundle,
            adapter,
            Probes.NEUTRAL_TEXTS,
            SessionSettings.defaults().withIntraOpThreads(1).withPrepacking(false));
    return adapter.withRecord(adapter.record().toBuilder().probes(probes).build());
  }

  private static Adapter with(Adapter adapter, UnaryOperator<LoraWeights> change) {
    Map<String, LoraWeights> modules = new TreeMap<>(LoraModules.in(adapter));
    String first = modules.keySet().iterator().next();
    modules.computeIfPresent(first, (name, weights) -> change.apply(weights));
    return Adapter.of(adapter.config(), LoraModules.of(modules), Map.of(), adapter.record());
  }

  private static Adapter prefixWith(Adapter adapter, UnaryOperator<PrefixLayer> change) {
    List<PrefixLayer> layers = new ArrayList<>(PrefixWeights.in(adapter));
    layers.set(0, change.apply(layers.get(0)));
    return Adapter.of(adapter.config(), new PrefixWeights(layers), Map.of(), adapter.record());
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "gpt2"})
  void passesUnchangedAndNotWithOneTensorScaled(String family) throws IOException {
    long handles = NativeHandles.openCount();
    Bundle bundle = TinyDecoders.export(folder, family);
    String module = family.equals("llama") ? "q_proj" : "c_attn";
    Adapter adapter = probed(bundle, TinyDecoders.lora(bundle, 3, 2, module));
    ProbeCheck check = new ProbeCheck(bundle);

    assertEquals(new Findings(List.of(), List.of(), 3), check.check(adapter));
    Findings scaled = check.check(with(adapter, w -> new LoraWeights(w.a(), w.b().scaled(1.25))));
    // A text of one token looks at itself alone, whatever its queries are.
    assertTrue(scaled.failures().get(0).contains("\" the adapter's logit of token "));
    assertTrue(scaled.failures().get(0).contains("where "), scaled.failures()::toString);
    assertEquals(handles, NativeHandles.openCount(), NativeHandles.describeOpen()::toString);
  }

  @Test
  void checksAPrefix() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    Adapter adapter = probed(bundle, TinyDecoders.prefix(bundle, 3, 4));
    ProbeCheck check = new ProbeCheck(bundle);

    assertEquals(new Findings(List.of(), List.of(), 3), check.check(adapter));
    Findings scaled =
        check.check(prefixWith(adapter, it -> new PrefixLayer(it.key(), it.value().scaled(1.25))));
    assertTrue(scaled.failures().toString().contains("the adapter's logit of token"));
  }

  @Test
  void statesWhatTheEngineWouldSayAndWhatTheBaseWould() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    Adapter adapter = probed(bundle, TinyDecoders.lora(bundle, 3, 2, "q_proj", "v_proj"));
    Probe probe = adapter.record().probes().get(1);

    try (GenerationEngine engine =
        GenerationEngine.open(bundle, GenerationOptions.defaults().withThreads(1))) {
      engine.load("mine", adapter);
      GenerationRequest request =
          GenerationRequest.of(probe.text()).withMaxNewTokens(1).withScores(8);
      List<Candidate> top = engine.generate(request.withAdapter("mine")).scores().get(0).top();
      assertEquals(top.stream().map(Candidate::token).toList(), probe.tokens());
      for (int i = 1; i < top.size(); i++) {
        assertEquals(
            top.get(i).logProb() - top.get(0).logProb(),
            probe.adapter().get(i) - probe.adapter().get(0),
            1e-4);
      }
    }
    assertEquals(8, probe.base().size());
    assertNotEquals(probe.base(), probe.adapter());
  }

  @Test
  void seesThatZerosHaveNoEffect() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    Adapter silent =
        with(
            TinyDecoders.lora(bundle, 3, 2, "layers.0.self_attn.q_proj"),
            w -> new LoraWeights(w.a(), w.b().scaled(0)));

    Findings found = new ProbeCheck(bundle).check(silent);

    assertTrue(found.failures().get(0).startsWith("it has no effect: on 3 texts"));
  }

  @Test
  void asksNeutralTextsOfOneWithoutProbes() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");

    Findings found = new ProbeCheck(bundle).check(TinyDecoders.lora(bundle, 3, 2, "q_proj"));

    assertEquals(List.of(), found.failures());
    assertEquals(0, found.probes());
    assertTrue(found.warnings().get(0).contains("has no probes"), found.warnings()::toString);
  }

  @Test
  void refusesProbesThatAreNotADecoders() throws IOException {
    Bundle bundle = TinyDecoders.export(folder, "llama");
    Adapter adapter = TinyDecoders.lora(bundle, 3, 2, "q_proj");
    ProbeCheck check = new ProbeCheck(bundle);

    assertRefused(check, adapter, "names no tokens", new Probe("a", List.of(), List.of(1f)));
    assertRefused(
        check,
        adapter,
        "0 of the 1 values",
        new Probe("a", List.of(1_000_000), List.of(1f), List.of(1f)));
    assertRefused(
        check,
        adapter,
        "at most 100 are asked",
        java.util.Collections.nCopies(101, new Probe("a", List.of(), List.of(1f)))
            .toArray(Probe[]::new));
  }

  private static void assertRefused(
      ProbeCheck check, Adapter adapter, String problem, Probe... probes) throws IOException {
    GraftRecord record = adapter.record().toBuilder().probes(List.of(probes)).build();

    Findings found = check.check(adapter.withRecord(record));

    assertTrue(found.failures().toString().contains(problem), found.failures()::toString);
  }
}
