package dev.graft.inject;

import dev.graft.module.EncoderSignature;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.GraphBuilder;
import java.util.Map;

/** Adds the pooling of an encoder's hidden states {@code [B, T, H]} to one vector per row. */
public final class PooledEncoder {
  /** Keeps the mean of a row without any counted token finite, as sentence-transformers does. */
  private static final double SMALLEST_COUNT = 1e-9;

  private PooledEncoder() {}

  /**
   * Adds the pooling and returns the value that holds {@code [B, H]}.
   *
   * @throws IllegalArgumentException if the base has no pooled output of its own and {@link
   *     Pooling#POOLER} is asked for
   */
  public static String add(GraphBuilder b, EncoderSignature encoder, Pooling pooling) {
    return switch (pooling) {
      case MEAN -> mean(b, encoder);
      case CLS ->
          b.op(
              "Gather",
              Map.of("axis", Attribute.of(1)),
              encoder.hiddenState(),
              b.scalar(ElementType.INT64, 0));
      case POOLER ->
          encoder
              .pooledOutput()
              .orElseThrow(() -> new IllegalArgumentException("the encoder has no pooled output"));
    };
  }

  /** {@code sum_t mask_t h_t / max(sum_t mask_t, tiny)}; the sum is a product, so no [B, T, H]. */
  private static String mean(GraphBuilder b, EncoderSignature encoder) {
    String mask =
        b.op(
            "Cast",
            Map.of("to", Attribute.of(ElementType.FLOAT.number())),
            encoder.attentionMask());
    String axis = b.longs(1);
    String sum =
        b.op("Squeeze", b.op("MatMul", b.op("Unsqueeze", mask, axis), encoder.hiddenState()), axis);
    String count = b.op("ReduceSum", Map.of("keepdims", Attribute.of(1)), mask, axis);
    return b.op("Div", sum, b.op("Max", count, b.scalar(SMALLEST_COUNT)));
  }
}
