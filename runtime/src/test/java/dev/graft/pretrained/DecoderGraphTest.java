package dev.graft.pretrained;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.family.PretrainedModel;
import dev.graft.module.DecoderInfo;
import dev.graft.module.LinearModule;
import dev.graft.module.LinearModules;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Node;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.Value;
import dev.graft.onnx.check.GraphChecker;
import dev.graft.testmodels.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DecoderGraphTest {
  private static final float SAME = 2e-5f;
  private static final long[] TEXT = {1, 40, 51, 3, 77, 102, 9, 2};

  /** The last token's last logits, recorded after bench/interop/families agreed. */
  private static final Map<String, List<Float>> RECORDED =
      Map.of(
          "llama", List.of(0.8781961f, 1.3582046f, -4.8343267f, 0.59401184f),
          "mistral", List.of(-1.432297f, 0.8845636f, 0.75403196f, -2.3443794f),
          "qwen2", List.of(1.1713061f, -2.4565752f, -5.442743f, -1.1943882f),
          "qwen3", List.of(-0.116202176f, -1.1882368f, 0.28140214f, 0.47823438f),
          "gpt2", List.of(-1.4439976f, 2.1501336f, -3.3575306f, 0.36092657f));

  @TempDir Path folder;

  static Stream<String> decoders() {
    return TinyCheckpoints.DECODERS.stream();
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void prefillEqualsSingleSteps(String family) throws IOException {
    Path checkpoint = TinyCheckpoints.of(family).write(folder.resolve(family));
    float[] all = prefill(checkpoint, TEXT);

    try (DecoderRun run = DecoderRun.open(checkpoint, 1)) {
      int vocabulary = vocabulary(run);
      for (int i = 0; i < TEXT.length; i++) {
        float[] one = run.step(new long[] {TEXT[i]}, ones(i + 1), new long[] {i});
        assertArrayEquals(slice(all, i, vocabulary), one, SAME);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void paddingOnEitherSideDoesNotChangeARow(String family) throws IOException {
    Path checkpoint = TinyCheckpoints.of(family).write(folder.resolve(family));
    float[] alone = prefill(checkpoint, Arrays.copyOf(TEXT, 5));

    try (DecoderRun run = DecoderRun.open(checkpoint, 2)) {
      int row = 8 * vocabulary(run);
      long[] ids = {0, 0, 0, 1, 40, 51, 3, 77, 1, 40, 51, 3, 77, 0, 0, 0};
      long[] mask = {0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0};
      long[] positions = {0, 0, 0, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 0, 0};
      float[] both = run.step(ids, mask, positions);
      int before = 3 * vocabulary(run);
      assertArrayEquals(alone, Arrays.copyOfRange(both, before, before + alone.length), SAME);
      assertArrayEquals(alone, Arrays.copyOfRange(both, row, row + alone.length), SAME);
    }
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void segmentsOfARowDoNotSeeEachOther(String family) throws IOException {
    Path checkpoint = TinyCheckpoints.of(family).write(folder.resolve(family));
    float[] first = prefill(checkpoint, 1, 40, 51);
    float[] second = prefill(checkpoint, 9, 2, 77, 5);

    try (DecoderRun run = DecoderRun.open(checkpoint, 1)) {
      float[] packed =
          run.step(
              new long[] {1, 40, 51, 9, 2, 77, 5},
              new long[] {1, 1, 1, 2, 2, 2, 2},
              new long[] {0, 1, 2, 0, 1, 2, 3});
      assertArrayEquals(first, Arrays.copyOf(packed, first.length), SAME);
      assertArrayEquals(second, Arrays.copyOfRange(packed, first.length, packed.length), SAME);
    }
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void everySegmentSeesAPrefix(String family) throws IOException {
    Path checkpoint = TinyCheckpoints.of(family).write(folder.resolve(family));
    float[] alone;
    try (DecoderRun run = DecoderRun.open(checkpoint, 1)) {
      run.past(2, 0.5f);
      alone = run.step(new long[] {9, 2, 77}, ones(5), new long[] {2, 3, 4});
    }

    try (DecoderRun run = DecoderRun.open(checkpoint, 1)) {
      run.past(2, 0.5f);
      float[] packed =
          run.step(
              new long[] {1, 40, 9, 2, 77},
              new long[] {-1, -1, 1, 1, 2, 2, 2},
              new long[] {2, 3, 2, 3, 4});
      assertArrayEquals(
          alone, Arrays.copyOfRange(packed, packed.length - alone.length, packed.length), SAME);
      assertTrue(distance(alone, prefill(checkpoint, 9, 2, 77)) > 0.01, "the prefix does nothing");
    }
  }

  @Test
  void aTokenThatSeesNothingGetsFiniteNumbers() throws IOException {
    Path checkpoint = TinyCheckpoints.of("llama").write(folder);
    try (DecoderRun run = DecoderRun.open(checkpoint, 1)) {
      for (float logit : run.step(new long[] {1, 2}, new long[] {0, 0}, new long[] {0, 1})) {
        assertTrue(Float.isFinite(logit));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void givesTheRecordedLogits(String family) throws IOException {
    Path checkpoint = TinyCheckpoints.of(family).write(folder.resolve(family));
    float[] logits = prefill(checkpoint, TEXT);
    float[] found = Arrays.copyOfRange(logits, logits.length - 4, logits.length);
    List<Float> expected = RECORDED.getOrDefault(family, List.of());

    assertEquals(4, expected.size(), () -> Arrays.toString(found));
    for (int i = 0; i < 4; i++) {
      assertEquals(expected.get(i), found[i], 1e-4f, Arrays.toString(found));
    }
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void isAGraphWithTheContractsInputsAndOutputs(String family) throws IOException {
    Path checkpoint = TinyCheckpoints.of(family).write(folder.resolve(family));
    PretrainedModel pretrained = PretrainedModel.read(checkpoint);
    Graph graph = pretrained.model().graph();

    GraphChecker.check(pretrained.model());
    assertEquals(PretrainedModel.Kind.DECODER, pretrained.kind());
    assertEquals(
        List.of(
            "input_ids",
            "attention_mask",
            "position_ids",
            "past_key_values.0.key",
            "past_key_values.0.value",
            "past_key_values.1.key",
            "past_key_values.1.value"),
        graph.inputNames());
    assertEquals(
        List.of("logits", "present.0.key", "present.0.value", "present.1.key", "present.1.value"),
        graph.outputNames());
    Value logits = graph.outputs().get(0);
    assertEquals("float[batch,tokens,259] logits", logits.toString());
    assertEquals("float[batch,tokens,32]", graph.typeOf("last_hidden_state").get().toString());
    for (Node node : graph.nodes()) {
      assertTrue(
          !node.is("Shape") || !node.input(0).startsWith("past_"),
          () -> node.describe() + " reads the past's shape");
    }
    Set<String> names = new HashSet<>();
    graph.nodes().forEach(n -> assertTrue(names.add(n.name()), n::describe));
  }

  @Test
  void modulesHaveThePathsOfTheCheckpoint() throws IOException {
    Path checkpoint = TinyCheckpoints.of("llama").write(folder);
    Graph graph = PretrainedModel.read(checkpoint).model().graph();
    List<String> paths = LinearModules.find(graph).stream().map(LinearModule::path).toList();

    assertEquals(
        List.of(
            "model.layers.0.self_attn.q_proj",
            "model.layers.0.self_attn.k_proj",
            "model.layers.0.self_attn.v_proj",
            "model.layers.0.self_attn.o_proj",
            "model.layers.0.mlp.gate_proj",
            "model.layers.0.mlp.up_proj",
            "model.layers.0.mlp.down_proj"),
        paths.stream().filter(p -> p.contains(".0.")).toList());
    assertEquals("lm_head", paths.get(paths.size() - 1));
    assertEquals(15, paths.size());
  }

  @Test
  void gpt2KeepsItsWeightsAsTheyAreStored() throws IOException {
    Path checkpoint = TinyCheckpoints.of("gpt2").write(folder);
    Graph graph = PretrainedModel.read(checkpoint).model().graph();
    LinearModule fused = LinearModules.find(graph).get(0);

    assertEquals("transformer.h.0.attn.c_attn", fused.path());
    assertEquals(LinearModule.Layout.IN_OUT, fused.layout());
    assertEquals(96, fused.out());
  }

  @Test
  void aTiedHeadIsStoredOnce() throws IOException {
    Path checkpoint = TinyCheckpoints.of("llama").write(folder);
    Graph graph = PretrainedModel.read(checkpoint).model().graph();

    Tensor table = graph.initializers().get("model.embed_tokens.weight");
    assertEquals(List.of(259L, 32L), table == null ? List.of() : table.dims());
    assertTrue(graph.initializers().keySet().stream().noneMatch(n -> n.contains("lm_head")));
  }

  @Test
  void tokensComeFromTheGenerationConfigFirst() throws IOException {
    Path checkpoint = TinyCheckpoints.of("llama").write(folder);
    DecoderInfo info = PretrainedModel.read(checkpoint).decoder();

    assertEquals(
        new DecoderInfo(
            "llama", 2, 2, 8, 259, 64, List.of(2L, 0L), Optional.of(1L), Optional.of(0L)),
        info);
  }

  private static float[] prefill(Path checkpoint, long... ids) throws IOException {
    try (DecoderRun run = DecoderRun.open(checkpoint, 1)) {
      return run.step(ids, ones(ids.length), LongStream.range(0, ids.length).toArray());
    }
  }

  private static long[] ones(int count) {
    long[] ones = new long[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static int vocabulary(DecoderRun run) {
    return (int) run.info().vocabSize();
  }

  private static float[] slice(float[] all, int index, int size) {
    return Arrays.copyOfRange(all, index * size, (index + 1) * size);
  }

  private static double distance(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs((double) a[i] - b[i]));
    }
    return largest;
  }
}
