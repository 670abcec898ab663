package dev.graft.onnx.opset;

import static java.util.Map.entry;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.opset.Lift.Versioned;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The table: what changed in a standard operator between opset 11 and 21, where a node has to
 * change with it. Operators that are not listed kept their meaning: later versions added element
 * types, or attributes and inputs whose absence means what it meant before (Cast's {@code
 * saturate}, Reshape's {@code allowzero}, Pad's {@code axes}, GRU's {@code layout}, ...).
 */
final class OpsetLifts {
  private static final Map<String, List<Versioned>> TABLE =
      Map.ofEntries(
          // Attributes that became inputs.
          entry("Dropout", List.of(at(12, OpsetLifts::dropout))),
          entry("Squeeze", List.of(at(13, OpsetLifts::axesToInput))),
          entry("Unsqueeze", List.of(at(13, OpsetLifts::axesToInput))),
          entry("ReduceSum", List.of(at(13, OpsetLifts::axesToInput))),
          entry("ReduceL1", List.of(at(18, OpsetLifts::axesToInput))),
          entry("ReduceL2", List.of(at(18, OpsetLifts::axesToInput))),
          entry("ReduceLogSum", List.of(at(18, OpsetLifts::axesToInput))),
          entry("ReduceLogSumExp", List.of(at(18, OpsetLifts::axesToInput))),
          entry("ReduceMax", List.of(at(18, OpsetLifts::axesToInput))),
          entry("ReduceMean", List.of(at(18, OpsetLifts::axesToInput))),
          entry("ReduceMin", List.of(at(18, OpsetLifts::axesToInput))),
          entry("ReduceProd", List.of(at(18, OpsetLifts::axesToInput))),
          entry("ReduceSumSquare", List.of(at(18, OpsetLifts::axesToInput))),
          entry(
              "Split",
              List.of(at(13, OpsetLifts::splitToInput), at(18, OpsetLifts::countSplitOutputs))),
          entry("DFT", List.of(at(20, OpsetLifts::dftAxisToInput))),

          // Meanings that changed.
          entry("Softmax", List.of(at(13, OpsetLifts::flattenAround))),
          entry("LogSoftmax", List.of(at(13, OpsetLifts::flattenAround))),
          entry("Hardmax", List.of(at(13, OpsetLifts::flattenAround))),
          entry("BatchNormalization", List.of(at(14, OpsetLifts::batchNormalization))),
          entry("Resize", List.of(at(13, OpsetLifts::resize))),
          entry("RoiAlign", List.of(at(16, OpsetLifts::roiAlign))),
          entry("GridSample", List.of(at(20, OpsetLifts::gridSample))),
          entry("GroupNormalization", List.of(at(21, OpsetLifts::groupNormalization))),

          // Gone before opset 11; some files have them all the same.
          entry("Upsample", List.of(at(21, gone("Resize")))),
          entry("Scatter", List.of(at(21, gone("ScatterElements")))));

  private OpsetLifts() {}

  /** The lifts of an operator, in the order of versions. */
  static List<Versioned> of(OpId op) {
    return op.domain().isEmpty() ? TABLE.getOrDefault(op.type(), List.of()) : List.of();
  }

  /** The operators that have lifts. */
  static Set<String> operators() {
    return TABLE.keySet();
  }

  private static Versioned at(int version, Lift lift) {
    return new Versioned(version, lift);
  }

  private static Lift gone(String successor) {
    return s -> {
      throw s.refuse(
          "is no operator of opset 11 and later; export the model with %s".formatted(successor));
    };
  }

  private static void axesToInput(LiftScope s) {
    listToInput(s, "axes");
  }

  private static void splitToInput(LiftScope s) {
    listToInput(s, "split");
  }

  /** Moves an integer list from an attribute to input 1. */
  private static void listToInput(LiftScope s, String attribute) {
    s.node()
        .intsAttribute(attribute)
        .ifPresent(
            values -> {
              long[] array = values.stream().mapToLong(Long::longValue).toArray();
              s.setInput(1, s.constant(attribute, Tensor.longVector(array)));
              s.removeAttribute(attribute);
            });
  }

  /** Without sizes, the number of parts used to be that of the outputs; now it is said. */
  private static void countSplitOutputs(LiftScope s) {
    if (!s.node().hasInput(1)) {
      s.setAttribute("num_outputs", Attribute.of((long) s.node().outputs().size()));
    }
  }

  private static void dftAxisToInput(LiftScope s) {
    long axis = s.node().intAttribute("axis", 1);
    s.setInput(2, s.constant("axis", Tensor.longs(List.of(), axis)));
    s.removeAttribute("axis");
  }

  /** The ratio only matters in training, which the node never asks for; it is kept for readers. */
  private static void dropout(LiftScope s) {
    float ratio = s.node().floatAttribute("ratio", 0.5f);
    s.setInput(1, s.constant("ratio", Tensor.scalar(ElementType.FLOAT, ratio)));
    s.removeAttribute("ratio");
  }

  /**
   * Before opset 13 these worked on the input seen as a matrix, whose rows are the dimensions from
   * {@code axis} on. With the last axis that is the same as now.
   */
  private static void flattenAround(LiftScope s) {
    Node node = s.node();
    long axis = node.intAttribute("axis", 1);
    OptionalInt rank = s.rank(node.input(0));
    s.setAttribute("axis", Attribute.of(-1));
    if (axis == -1 || (rank.isPresent() && axis == rank.getAsInt() - 1)) {
      return;
    }
    String shape = s.before("Shape", Map.of(), node.input(0));
    s.setInput(0, s.before("Flatten", Map.of("axis", Attribute.of(axis)), node.input(0)));
    // Zeros in the shape are sizes of an empty tensor, not requests to copy.
    s.after("Reshape", Map.of("allowzero", Attribute.of(1)), shape);
  }

  private static void batchNormalization(LiftScope s) {
    List<String> outputs = s.node().outputs();
    if (outputs.stream().skip(1).anyMatch(o -> !o.isEmpty())) {
      throw s.refuse(
          "has the outputs of training mode; export the model in inference mode (eval())");
    }
    s.replaceBy(s.node().withOutputs(outputs.subList(0, 1)));
  }

  /** Scales and regions, which used to be required, are absent now where they say nothing. */
  private static void resize(LiftScope s) {
    String transformation =
        s.node().stringAttribute("coordinate_transformation_mode", "half_pixel");
    if (transformation.equals("tf_half_pixel_for_nn")) {
      throw s.refuse(
          "has coordinate_transformation_mode 'tf_half_pixel_for_nn', which opset 13 removed; export the model with 'half_pixel'");
    }
    if (s.node().hasInput(3)) {
      s.setInput(2, "");
    }
    if (!transformation.equals("tf_crop_and_resize")) {
      s.setInput(1, "");
    }
  }

  private static void roiAlign(LiftScope s) {
    s.setAttribute("coordinate_transformation_mode", Attribute.of("output_half_pixel"));
  }

  private static void gridSample(LiftScope s) {
    String mode = s.node().stringAttribute("mode", "bilinear");
    s.setAttribute(
        "mode",
        Attribute.of(
            switch (mode) {
              case "bilinear" -> "linear";
              case "bicubic" -> "cubic";
              default -> mode;
            }));
  }

  /** Scale and bias, which were one number per group, are one per channel now. */
  private static void groupNormalization(LiftScope s) {
    long groups = s.node().intAttribute("num_groups", 1);
    String channels =
        s.before(
            "Shape", Map.of("start", Attribute.of(1), "end", Attribute.of(2)), s.node().input(0));
    String count = s.constant("groups", Tensor.longVector(groups));
    String perGroup = s.before("Div", Map.of(), channels, count);
    String matrix = s.before("Concat", Map.of("axis", Attribute.of(0)), count, perGroup);
    String column = s.constant("column", Tensor.longVector(groups, 1));
    String vector = s.constant("vector", Tensor.longVector(-1));
    for (int input : List.of(1, 2)) {
      String tall = s.before("Reshape", Map.of(), s.node().input(input), column);
      String spread = s.before("Expand", Map.of(), tall, matrix);
      s.setInput(input, s.before("Reshape", Map.of(), spread, vector));
    }
  }
}
