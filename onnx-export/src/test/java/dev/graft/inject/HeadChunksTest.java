package dev.graft.inject;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.autodiff.Autodiff;
import dev.graft.autodiff.Gradient;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.check.GraphChecker;
import dev.graft.onnx.shape.ShapeInference;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeadChunksTest {
  private static final int HIDDEN = 6;
  private static final int VOCABULARY = 11;
  private static final List<String> TRAINABLE = List.of("x", "lm_head.lora_A", "lm_head.lora_B");

  /** A head with an adapter, and its loss. */
  private static Graph head(HeadChunks chunks, boolean training) {
    GraphBuilder b = new GraphBuilder("head");
    b.input("x", ElementType.FLOAT, "labelled", HIDDEN);
    b.input("lm_head.lora_A", ElementType.FLOAT, HIDDEN, "r");
    b.input("lm_head.lora_B", ElementType.FLOAT, "r", VOCABULARY);
    b.initializer("W", Runs.random(1, 0.5, VOCABULARY, HIDDEN));
    b.initializer("bias", Runs.random(2, 0.5, VOCABULARY));
    b.input(CausalLmLoss.LABELS, ElementType.INT64, "labelled");
    String base = b.microsoft("FusedMatMul", Map.of("transB", Attribute.of(1)), "x", "W");
    String update = b.op("MatMul", b.op("MatMul", "x", "lm_head.lora_A"), "lm_head.lora_B");
    String logits = b.op("Identity", b.op("Add", b.op("Add", base, update), "bias"));
    Graph forward = ShapeInference.infer(b.build());

    HeadChunks.Parts parts = chunks.split(forward, logits, CausalLmLoss.LABELS);
    GraphBuilder f = GraphBuilder.from(parts.graph());
    CausalLmLoss.Added added = CausalLmLoss.add(f, chunks, parts);
    f.output(added.loss(), CausalLmLoss.LOSS, TensorType.of(ElementType.FLOAT));
    if (!training) {
      f.output(
          added.predictions(),
          CausalLmLoss.PREDICTIONS,
          TensorType.of(ElementType.INT64, "labelled"));
      return checked(f);
    }
    Graph typed = ShapeInference.infer(f.build());
    Gradient gradient = Autodiff.pullBack(typed, added.gradients(), TRAINABLE);
    GraphBuilder g = GraphBuilder.from(gradient.graph());
    gradient
        .gradientOf()
        .forEach((of, v) -> g.output(v, of + "_grad", typed.typeOf(of).orElseThrow()));
    return checked(g);
  }

  private static Graph checked(GraphBuilder b) {
    Graph graph = ShapeInference.infer(b.build());
    GraphChecker.check(graph);
    return graph;
  }

  private static Map<String, Tensor> feeds(int labels) {
    Map<String, Tensor> feeds = new HashMap<>();
    feeds.put("x", Runs.random(3, 1, labels, HIDDEN));
    feeds.put("lm_head.lora_A", Runs.random(4, 0.5, HIDDEN, 2));
    feeds.put("lm_head.lora_B", Runs.random(5, 0.5, 2, VOCABULARY));
    long[] next = LongStream.range(0, labels).map(i -> i * 7 % VOCABULARY).toArray();
    feeds.put(CausalLmLoss.LABELS, Tensor.longVector(next));
    feeds.put(CausalLmLoss.LABEL_WEIGHTS, Runs.random(6, 1, labels));
    feeds.put(CausalLmLoss.LOSS_SCALE, Tensor.scalar(ElementType.FLOAT, 0.25));
    return feeds;
  }

  @ParameterizedTest
  @CsvSource({"4, 3, 10", "4, 3, 12", "4, 3, 3", "4, 3, 1", "4, 2, 17", "5, 100, 7", "16, 1, 9"})
  void lossGradientsAndPredictionsAreThoseOfTheWholeHead(int count, long rows, int labels)
      throws Exception {
    HeadChunks chunks = new HeadChunks(count, rows);
    for (boolean training : new boolean[] {true, false}) {
      Map<String, Tensor> expected = Runs.run(head(HeadChunks.NONE, training), feeds(labels));
      Map<String, Tensor> found = Runs.run(head(chunks, training), feeds(labels));

      assertEquals(expected.keySet(), found.keySet());
      for (Map.Entry<String, Tensor> entry : expected.entrySet()) {
        Tensor tensor = Objects.requireNonNull(found.get(entry.getKey()));
        double[] values = entry.getValue().toDoubles();
        assertEquals(entry.getValue().dims(), tensor.dims(), entry.getKey());
        for (int i = 0; i < values.length; i++) {
          assertEquals(values[i], tensor.toDoubles()[i], 2e-6, entry.getKey());
        }
      }
    }
  }

  @Test
  void gradientsAgreeWithFiniteDifferences() throws Exception {
    HeadChunks chunks = new HeadChunks(4, 2);
    Graph training = head(chunks, true);
    Graph eval = head(chunks, false);
    for (String name : TRAINABLE) {
      Map<String, Tensor> feeds = feeds(7);
      Tensor at = Objects.requireNonNull(feeds.get(name));
      float[] gradient = Runs.output(training, feeds, name + "_grad").toFloats();
      float[] direction = Runs.values(8, 1, gradient.length);
      double expected = 0;
      for (int i = 0; i < gradient.length; i++) {
        expected += gradient[i] * direction[i];
      }
      double step = 1e-2;
      double slope =
          (moved(eval, feeds, name, at, direction, step)
                  - moved(eval, feeds, name, at, direction, -step))
              / (2 * step);
      assertEquals(expected, slope, 1e-3 * Math.max(1, Math.abs(expected)), name);
    }
  }

  private static double moved(
      Graph eval, Map<String, Tensor> feeds, String name, Tensor at, float[] direction, double step)
      throws Exception {
    float[] values = at.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) (step * direction[i]);
    }
    Map<String, Tensor> all = new HashMap<>(feeds);
    all.put(name, Tensor.floats(at.dims(), values));
    return Runs.output(eval, all, CausalLmLoss.LOSS).toFloats()[0];
  }

  @Test
  void onlyLargeVocabulariesAreSplit() {
    assertEquals(HeadChunks.NONE, HeadChunks.of(260));
    assertEquals(HeadChunks.NONE, HeadChunks.of(4096));
    HeadChunks smol = HeadChunks.of(49_152);
    assertTrue(smol.count() > 1 && smol.rows() == 341, smol::toString);
    assertEquals(1, HeadChunks.of(1L << 30).rows());
  }

  @Test
  void aChunkHasTheWholeProductOnceAndNoneOfTheAdaptersNarrowOne() {
    Graph graph = head(new HeadChunks(4, 2), false);
    assertEquals(4, count(graph, "FusedMatMul"));
    assertEquals(5, count(graph, "MatMul"));
    assertEquals(4, count(graph, "Softmax"));
  }

  private static long count(Graph graph, String op) {
    return graph.nodes().stream().filter(n -> n.op().type().equals(op)).count();
  }
}
