package dev.graft.inject;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClassificationHeadTest {
  private static final long HIDDEN = 2;

  private static ClassificationHead twoLayers(HeadActivation activation) {
    return new ClassificationHead(
        "model",
        List.of(new HeadLayer("first", activation), HeadLayer.linear("second")),
        OptionalDouble.empty());
  }

  /** The first layer gives (3, -2) of (1, 2), the second is the identity with a third label. */
  private static Map<String, Tensor> weights() {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    weights.put("first.weight", floats(new long[] {2, 2}, 0, 1, 1, -1));
    weights.put("first.bias", floats(new long[] {2}, 1, -1));
    weights.put("second.weight", floats(new long[] {2, 3}, 1, 0, 1, 0, 1, 1));
    weights.put("second.bias", floats(new long[] {3}, 0, 0, 10));
    return weights;
  }

  private static Tensor floats(long[] dims, float... values) {
    return Tensor.floats(Runs.list(dims), values);
  }

  private static Graph graph(ClassificationHead head, boolean stacked) {
    GraphBuilder b = new GraphBuilder("head");
    String pooled = b.input("pooled", ElementType.FLOAT, "batch", HIDDEN);
    if (stacked) {
      b.input(LoraInjection.ADAPTER_INDEX, ElementType.INT64, "chosen");
    }
    String logits = stacked ? head.stacked(b, pooled, HIDDEN) : head.single(b, pooled, HIDDEN);
    b.output(logits, "logits", TensorType.of(ElementType.FLOAT, "batch", "labels"));
    return b.build();
  }

  @ParameterizedTest
  @EnumSource(HeadActivation.class)
  void appliesItsLayersOneAfterTheOther(HeadActivation activation) throws Exception {
    Map<String, Tensor> feeds = weights();
    feeds.put("pooled", floats(new long[] {1, 2}, 1, 2));

    float[] found = Runs.output(graph(twoLayers(activation), false), feeds, "logits").toFloats();

    float[] hidden =
        switch (activation) {
          case NONE -> new float[] {3, -2};
          case TANH -> new float[] {(float) Math.tanh(3), (float) Math.tanh(-2)};
          case RELU -> new float[] {3, 0};
        };
    assertArrayEquals(new float[] {hidden[0], hidden[1], hidden[0] + hidden[1] + 10}, found, 1e-6f);
  }

  @Test
  void everyRowUsesTheHeadThatItChooses() throws Exception {
    ClassificationHead head = twoLayers(HeadActivation.RELU);
    Map<String, Tensor> feeds = new LinkedHashMap<>();
    weights()
        .forEach(
            (name, tensor) -> {
              float[] one = tensor.toFloats();
              float[] both = new float[2 * one.length];
              for (int i = 0; i < one.length; i++) {
                both[i] = one[i];
                both[one.length + i] = -2 * one[i];
              }
              List<Long> dims = new ArrayList<>(List.of(2L));
              dims.addAll(tensor.dims());
              feeds.put(name, Tensor.floats(dims, both));
            });
    feeds.put("pooled", floats(new long[] {3, 2}, 1, 2, 1, 2, 1, 2));
    feeds.put(LoraInjection.ADAPTER_INDEX, Tensor.longs(List.of(3L), 1, 0, 1));

    float[] found = Runs.output(graph(head, true), feeds, "logits").toFloats();

    // Head 0: relu(3, -2) = (3, 0). Head 1: relu(-6, 4) = (0, 4), times -2 in the second layer.
    assertArrayEquals(new float[] {0, -8, -28, 3, 0, 13, 0, -8, -28}, found, 1e-6f);
  }

  @Test
  void namesItsTensorsAsPeftDoes() {
    assertEquals(
        List.of("first.weight", "first.bias", "second.weight", "second.bias"),
        twoLayers(HeadActivation.TANH).tensors());
    assertEquals("model.layer.0", twoLayers(HeadActivation.TANH).modulePath("layer.0"));
    assertEquals("layer.0", ClassificationHead.linear().modulePath("layer.0"));
  }

  @Test
  void refusesLayersThatMakeNoHead() {
    refused(List.of(), "from 1 to 8 layers");
    refused(List.of(HeadLayer.linear("a"), HeadLayer.linear("a")), "named twice");
    refused(List.of(new HeadLayer("a", HeadActivation.TANH)), "no activation");
    assertThrows(IllegalArgumentException.class, () -> HeadLayer.linear(" "));
    assertThrows(IllegalArgumentException.class, () -> HeadActivation.parse("swish"));
  }

  private static void refused(List<HeadLayer> layers, String message) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new ClassificationHead("", layers, OptionalDouble.empty()));
    assertTrue(e.toString().contains(message), e::toString);
  }
}
