package dev.graft.inject;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.TensorType;
import java.util.Map;

/**
 * One step of AdamW over a flat vector of parameters, as PyTorch defines it
 * (https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html; Loshchilov and Hutter,
 * https://arxiv.org/abs/1711.05101), in ordinary operators.
 *
 * <pre>
 * g = gradient_scale * gradient
 * p = param * (1 - learning_rate * weight_decay)
 * m = beta1 * first_moment + (1 - beta1) * g
 * v = beta2 * second_moment + (1 - beta2) * g * g
 * p = p - learning_rate / (1 - beta1^step) * m / (sqrt(v) / sqrt(1 - beta2^step) + epsilon)
 * </pre>
 *
 * <p>The scalar coefficients are computed in double precision, as PyTorch does on the host.
 */
public final class OptimizerGraph {
  public static final String PARAM = "param";
  public static final String GRADIENT = "gradient";
  public static final String FIRST_MOMENT = "first_moment";
  public static final String SECOND_MOMENT = "second_moment";
  public static final String LEARNING_RATE = "learning_rate";
  public static final String BETA1 = "beta1";
  public static final String BETA2 = "beta2";
  public static final String EPSILON = "epsilon";
  public static final String WEIGHT_DECAY = "weight_decay";
  public static final String GRADIENT_SCALE = "gradient_scale";

  /** int64 scalar, 1 for the first step. */
  public static final String STEP = "step";

  public static final String UPDATED_PARAM = "updated_param";
  public static final String UPDATED_FIRST_MOMENT = "updated_first_moment";
  public static final String UPDATED_SECOND_MOMENT = "updated_second_moment";

  private OptimizerGraph() {}

  /** The graph; vectors are float {@code [n]}, the other inputs double scalars but for the step. */
  public static Graph adamW() {
    GraphBuilder b = new GraphBuilder("optimizer");
    String param = b.input(PARAM, ElementType.FLOAT, "n");
    String gradient = b.input(GRADIENT, ElementType.FLOAT, "n");
    String first = b.input(FIRST_MOMENT, ElementType.FLOAT, "n");
    String second = b.input(SECOND_MOMENT, ElementType.FLOAT, "n");
    String rate = b.input(LEARNING_RATE, ElementType.DOUBLE);
    String beta1 = b.input(BETA1, ElementType.DOUBLE);
    String beta2 = b.input(BETA2, ElementType.DOUBLE);
    String epsilon = b.input(EPSILON, ElementType.DOUBLE);
    String decay = b.input(WEIGHT_DECAY, ElementType.DOUBLE);
    String scale = b.input(GRADIENT_SCALE, ElementType.DOUBLE);
    String step = toDouble(b, b.input(STEP, ElementType.INT64));

    String g = b.op("Mul", gradient, toFloat(b, scale));
    String m =
        b.op(
            "Add",
            b.op("Mul", first, toFloat(b, beta1)),
            b.op("Mul", g, toFloat(b, oneMinus(b, beta1))));
    String v =
        b.op(
            "Add",
            b.op("Mul", second, toFloat(b, beta2)),
            b.op("Mul", b.op("Mul", g, toFloat(b, oneMinus(b, beta2))), g));
    String rootCorrection = b.op("Sqrt", oneMinus(b, b.op("Pow", beta2, step)));
    String denominator =
        b.op("Add", b.op("Div", b.op("Sqrt", v), toFloat(b, rootCorrection)), toFloat(b, epsilon));
    String stepSize = b.op("Div", rate, oneMinus(b, b.op("Pow", beta1, step)));
    String decayed = b.op("Mul", param, toFloat(b, oneMinus(b, b.op("Mul", rate, decay))));
    String moved =
        b.op("Sub", decayed, b.op("Mul", b.op("Div", m, denominator), toFloat(b, stepSize)));
    TensorType vector = TensorType.of(ElementType.FLOAT, "n");
    b.output(moved, UPDATED_PARAM, vector);
    b.output(m, UPDATED_FIRST_MOMENT, vector);
    b.output(v, UPDATED_SECOND_MOMENT, vector);
    return b.build();
  }

  private static String oneMinus(GraphBuilder b, String value) {
    return b.op("Sub", b.scalar(ElementType.DOUBLE, 1), value);
  }

  private static String toFloat(GraphBuilder b, String value) {
    return cast(b, value, ElementType.FLOAT);
  }

  private static String toDouble(GraphBuilder b, String value) {
    return cast(b, value, ElementType.DOUBLE);
  }

  private static String cast(GraphBuilder b, String value, ElementType type) {
    return b.op("Cast", Map.of("to", Attribute.of(type.number())), value);
  }
}
