package dev.graft.train;

/**
 * A module that gets an adapter.
 *
 * @param module its path
 * @param in features it takes
 * @param out features it gives
 * @param scale factor of {@code B * A}
 */
record TrainedModule(String module, int in, int out, int rank, double scale) {

  /** The graph input for A. */
  String a() {
    return module + ".lora_A";
  }

  /** The graph input for B, the scale folded in. */
  String b() {
    return module + ".lora_B";
  }
}
