package dev.graft.inject;

import dev.graft.module.LinearModule;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Shape;
import dev.graft.onnx.TensorType;
import java.util.List;
import java.util.Map;

/**
 * Adds the low-rank path of LoRA beside linear modules: {@code y = x W + (x A) B} (Hu et al. 2021,
 * https://arxiv.org/abs/2106.09685, section 4.1), with the scale {@code alpha / r} folded into
 * {@code B} by whoever feeds it.
 *
 * <p>For a module {@code m} the inputs {@code m.lora_A} and {@code m.lora_B} are added, with a rank
 * of their own, so that the modules of one adapter may differ in rank.
 */
public final class LoraInjection {
  /** The input that says which stacked adapter each row uses, int64 {@code [K]}. */
  public static final String ADAPTER_INDEX = "adapter_index";

  private LoraInjection() {}

  /** The name of the graph input for a module's A. */
  public static String inputA(String module) {
    return module + ".lora_A";
  }

  /** The name of the graph input for a module's B. */
  public static String inputB(String module) {
    return module + ".lora_B";
  }

  /** Adds one adapter for all rows: A is {@code [in, r]}, B is {@code [r, out]}. */
  public static Graph single(Graph base, List<LinearModule> modules) {
    GraphBuilder b = GraphBuilder.from(base);
    for (LinearModule module : modules) {
      String rank = module.path() + ".rank";
      String a = b.input(inputA(module.path()), ElementType.FLOAT, module.in(), rank);
      String up = b.input(inputB(module.path()), ElementType.FLOAT, rank, module.out());
      addDelta(b, module, b.op("MatMul", b.op("MatMul", module.input(), a), up));
    }
    return b.build();
  }

  /**
   * Adds stacked adapters of which each row uses one: A is {@code [N, in, r]}, B is {@code [N, r,
   * out]}, and {@link #ADAPTER_INDEX} picks per row, or one for all rows.
   */
  public static Graph stacked(Graph base, List<LinearModule> modules) {
    GraphBuilder b = GraphBuilder.from(base);
    String index = b.input(ADAPTER_INDEX, ElementType.INT64, "chosen");
    for (LinearModule module : modules) {
      int inputRank = base.shapeOf(module.input()).map(Shape::rank).orElse(0);
      if (inputRank != 2 && inputRank != 3) {
        throw new IllegalArgumentException(
            "module '%s' cannot take an adapter per row: its input '%s' is %s, expected [batch, features] or [batch, tokens, features]; leave it out of the targets"
                .formatted(
                    module.path(),
                    module.input(),
                    base.typeOf(module.input()).map(TensorType::toString).orElse("unknown")));
      }
      String rank = module.path() + ".rank";
      String a = b.input(inputA(module.path()), ElementType.FLOAT, "adapters", module.in(), rank);
      String up = b.input(inputB(module.path()), ElementType.FLOAT, "adapters", rank, module.out());
      String axis = b.longs(1);
      String x = inputRank == 3 ? module.input() : b.op("Unsqueeze", module.input(), axis);
      String low = b.op("MatMul", x, gatherRows(b, a, index));
      String delta = b.op("MatMul", low, gatherRows(b, up, index));
      addDelta(b, module, inputRank == 3 ? delta : b.op("Squeeze", delta, axis));
    }
    return b.build();
  }

  /** Picks entries of the first axis. */
  static String gatherRows(GraphBuilder b, String stack, String index) {
    return b.op("Gather", Map.of("axis", Attribute.of(0)), stack, index);
  }

  private static void addDelta(GraphBuilder b, LinearModule module, String delta) {
    String plain = module.output();
    String sum = b.op("Add", plain, delta);
    b.replaceUses(plain, sum);
  }
}
