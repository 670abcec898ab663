package dev.graft.inject;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.module.LinearModules;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.text.GraphText;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AdapterMergeTest {
  private static final int IN = 6;
  private static final int OUT = 4;
  private static final int RANK = 2;
  private static final double SCALE = 1.5;
  private static final TensorType RESULT = TensorType.of(ElementType.FLOAT, "B", OUT);

  /** How a linear layer is spelled. */
  enum Spelling {
    MATMUL,
    GEMM,
    GEMM_TURNED,
    FUSED_TURNED
  }

  private static Graph layer(Spelling spelling) {
    GraphBuilder b = new GraphBuilder("layer");
    b.input("x", ElementType.FLOAT, "B", IN);
    boolean turned = spelling == Spelling.GEMM_TURNED || spelling == Spelling.FUSED_TURNED;
    b.initializer("dense.weight", turned ? Runs.random(1, 1, OUT, IN) : Runs.random(1, 1, IN, OUT));
    b.initializer("dense.bias", Runs.random(2, 1, OUT));
    Map<String, Attribute> transB = Map.of("transB", Attribute.of(turned ? 1 : 0));
    String y =
        switch (spelling) {
          case MATMUL -> b.op("Add", b.op("MatMul", "x", "dense.weight"), "dense.bias");
          case GEMM, GEMM_TURNED -> b.op("Gemm", transB, "x", "dense.weight", "dense.bias");
          case FUSED_TURNED ->
              b.op("Add", b.microsoft("FusedMatMul", transB, "x", "dense.weight"), "dense.bias");
        };
    b.output(y, "y", RESULT);
    return b.build();
  }

  private static LoraWeights weights() {
    return new LoraWeights(
        FloatTensor.of(Runs.list(RANK, IN), Runs.values(3, 1, RANK * IN)),
        FloatTensor.of(Runs.list(OUT, RANK), Runs.values(4, 1, OUT * RANK)));
  }

  @ParameterizedTest
  @EnumSource(Spelling.class)
  void theMergedLayerComputesWhatTheLowRankPathDoes(Spelling spelling) throws Exception {
    Graph base = layer(spelling);
    Graph path = LoraInjection.single(base, LinearModules.find(base));
    LoraWeights weights = weights();
    Tensor x = Runs.random(5, 1, 3, IN);
    FloatTensor a = weights.a().transposed();
    FloatTensor up = weights.b().scaled(SCALE).transposed();

    Tensor expected =
        Runs.output(
            path,
            Map.of(
                "x", x,
                "dense.lora_A", Tensor.floats(a.shape(), a.toArray()),
                "dense.lora_B", Tensor.floats(up.shape(), up.toArray())),
            "y");
    Graph merged =
        AdapterMerge.fold(base, Map.of("dense", new AdapterMerge.Update(weights, SCALE)));

    Tensor found = Runs.output(merged, Map.of("x", x), "y");
    assertTrue(Runs.largestDifference(expected.toFloats(), found.toFloats()) < 2e-5);
    Tensor plain = Runs.output(base, Map.of("x", x), "y");
    assertTrue(Runs.largestDifference(plain.toFloats(), found.toFloats()) > 0.1);
  }

  @Test
  void theBaseIsNotTouched() {
    Graph base = layer(Spelling.MATMUL);
    String before = GraphText.print(base);
    float[] weight = weight(base);
    AdapterMerge.fold(base, Map.of("dense", new AdapterMerge.Update(weights(), SCALE)));
    assertEquals(before, GraphText.print(base));
    assertEquals(0, Runs.largestDifference(weight, weight(base)));
  }

  private static float[] weight(Graph graph) {
    Tensor weight = graph.initializers().get("dense.weight");
    return weight == null ? new float[0] : weight.toFloats();
  }

  @Test
  void refusesAModuleThatTheBaseLacks() {
    assertRefused(layer(Spelling.MATMUL), "query", "no linear module 'query'");
  }

  @Test
  void refusesAWeightThatTwoModulesShare() {
    GraphBuilder b = new GraphBuilder("twice");
    b.input("x", ElementType.FLOAT, "B", OUT);
    b.initializer("dense.weight", Runs.random(1, 1, OUT, OUT));
    String once = b.op("MatMul", "x", "dense.weight");
    b.output(b.op("MatMul", once, "dense.weight"), "y", RESULT);
    assertRefused(b.build(), "dense", "shares its weight");
  }

  @Test
  void refusesAWeightThatIsAnEmbeddingTableToo() {
    GraphBuilder b = new GraphBuilder("tied");
    b.input("ids", ElementType.INT64, "B");
    b.initializer("dense.weight", Runs.random(1, 1, OUT, OUT));
    String rows = b.op("Gather", "dense.weight", "ids");
    b.output(b.op("MatMul", rows, "dense.weight"), "y", RESULT);
    // A tied weight has the table's name, so nothing but the weight itself names the module.
    assertRefused(b.build(), "dense.weight", "shares its weight");
  }

  private static void assertRefused(Graph base, String module, String message) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                AdapterMerge.fold(base, Map.of(module, new AdapterMerge.Update(weights(), SCALE))));
    assertTrue(e.toString().contains(message), e::toString);
  }

  @Test
  void aScaledProductIsNoModule() {
    GraphBuilder b = new GraphBuilder("scaled");
    b.input("x", ElementType.FLOAT, "B", IN);
    b.initializer("dense.weight", Runs.random(1, 1, IN, OUT));
    b.output(
        b.microsoft("FusedMatMul", Map.of("alpha", Attribute.of(0.5f)), "x", "dense.weight"),
        "y",
        RESULT);
    assertEquals(List.of(), LinearModules.find(b.build()));
  }

  @Test
  void boundInputsBecomeConstants() throws Exception {
    GraphBuilder b = new GraphBuilder("head");
    b.input("x", ElementType.FLOAT, "B", IN);
    String w = b.input("w", ElementType.FLOAT, IN, "labels");
    b.output(b.op("MatMul", "x", w), "y", TensorType.of(ElementType.FLOAT, "B", "labels"));
    FloatTensor value = FloatTensor.of(Runs.list(IN, 3), Runs.values(1, 1, IN * 3));
    Tensor x = Runs.random(2, 1, 2, IN);

    Graph bound = AdapterMerge.bindInputs(b.build(), Map.of("w", value));

    assertEquals(List.of("x"), bound.inputNames());
    Tensor expected =
        Runs.output(
            b.build(), Map.of("x", x, "w", Tensor.floats(value.shape(), value.toArray())), "y");
    assertEquals(
        0,
        Runs.largestDifference(
            expected.toFloats(), Runs.output(bound, Map.of("x", x), "y").toFloats()));
    assertThrows(
        IllegalArgumentException.class,
        () -> AdapterMerge.bindInputs(b.build(), Map.of("v", value)));
  }
}
