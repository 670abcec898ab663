package dev.graft.onnx.opset;

/** Changes one node from the version of its operator before a change to the one after it. */
@FunctionalInterface
interface Lift {
  void apply(LiftScope scope);

  /**
   * A lift with the opset that brought the change.
   *
   * @param version nodes of opsets below it need the lift
   */
  record Versioned(int version, Lift lift) {}
}
