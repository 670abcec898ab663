package dev.graft.family;

import dev.graft.checkpoint.CheckpointException;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.OpId;
import java.util.Map;
import java.util.TreeMap;

/** The activations, by the names that configurations give them. */
enum Activation {
  SILU,
  GELU,
  GELU_TANH,
  QUICK_GELU,
  RELU;

  private static final Map<String, Activation> NAMES =
      new TreeMap<>(
          Map.of(
              "silu", SILU,
              "swish", SILU,
              "gelu", GELU,
              "gelu_python", GELU,
              "gelu_new", GELU_TANH,
              "gelu_fast", GELU_TANH,
              "gelu_accurate", GELU_TANH,
              "gelu_pytorch_tanh", GELU_TANH,
              "quick_gelu", QUICK_GELU,
              "relu", RELU));

  /** The activation that a field of the configuration names. */
  static Activation of(ModelConfig config, String field, String whenMissing)
      throws CheckpointException {
    String name = config.text(field, whenMissing);
    Activation found = NAMES.get(name);
    if (found == null) {
      throw config.refuse(field, name, "one of %s".formatted(NAMES.keySet()));
    }
    return found;
  }

  String apply(Blocks b, String scope, String x) {
    return switch (this) {
      case SILU -> quickGelu(b, scope, x, 1);
      case QUICK_GELU -> quickGelu(b, scope, x, 1.702);
      case GELU -> b.op(scope, "Gelu", Map.of(), x);
      case GELU_TANH -> b.op(scope, "Gelu", Map.of("approximate", Attribute.of("tanh")), x);
      case RELU -> b.op(scope, "Relu", Map.of(), x);
    };
  }

  /** {@code x * sigmoid(alpha * x)}, which for 1 is SiLU. */
  private static String quickGelu(Blocks b, String scope, String x, double alpha) {
    return b.op(scope, OpId.microsoft("QuickGelu"), Map.of("alpha", Attribute.of(alpha)), x);
  }
}
