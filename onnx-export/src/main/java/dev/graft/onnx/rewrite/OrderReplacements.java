package dev.graft.onnx.rewrite;

import java.util.Map;

/** Puts operands in one order. */
final class OrderReplacements {
  private OrderReplacements() {}

  /** A constant first operand goes second, unless both are constant. */
  static boolean swap(Match m) {
    boolean constantFirst = m.root().input(0).equals(m.value("c")) && !m.isConstant("x");
    return constantFirst && m.finish(m.root().op(), Map.of(), m.value("x"), m.value("c"));
  }
}
