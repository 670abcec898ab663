package dev.graft.family;

import java.io.IOException;

/** A family's graph for one configuration. */
interface Architecture {
  ModelSizes sizes();

  /** Adds inputs, nodes and outputs. */
  void build(Blocks blocks) throws IOException;
}
