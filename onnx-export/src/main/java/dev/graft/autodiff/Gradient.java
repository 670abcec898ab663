package dev.graft.autodiff;

import dev.graft.onnx.Graph;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A graph that computes gradients.
 *
 * @param graph the forward nodes followed by the backward nodes; its outputs are the forward
 *     graph's
 * @param gradientOf per trainable value the name of its gradient, which has the trainable's type
 *     and shape
 */
public record Gradient(Graph graph, Map<String, String> gradientOf) {
  public Gradient {
    gradientOf = Collections.unmodifiableMap(new LinkedHashMap<>(gradientOf));
  }
}
