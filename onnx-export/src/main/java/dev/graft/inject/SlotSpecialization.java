package dev.graft.inject;

import dev.graft.adapter.NearestNames;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Model;
import dev.graft.onnx.Value;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes of a bundle's graph, which has every slot, the graph that runs: only the slots an adapter
 * uses and the outputs that are wanted. What is left out costs nothing at run time.
 */
public final class SlotSpecialization {
  private static final String GRADIENT_SUFFIX = "_grad";

  private SlotSpecialization() {}

  /** The name of the output that holds the gradient of an input. */
  public static String gradientOf(String input) {
    return input + GRADIENT_SUFFIX;
  }

  /**
   * Removes slots.
   *
   * @param slots the module paths of all slots of the bundle
   * @param used the module paths to keep
   * @throws IllegalArgumentException if one to keep is no slot
   */
  public static Model keepSlots(Model model, Collection<String> slots, Set<String> used) {
    requireKnown("slot", used, Set.copyOf(slots));
    Set<String> zeros = new HashSet<>();
    Graph graph = model.graph();
    Set<String> present = new HashSet<>(graph.inputNames());
    for (String slot : slots) {
      if (!used.contains(slot) && present.contains(LoraInjection.inputA(slot))) {
        zeros.add(LoraInjection.inputA(slot));
        zeros.add(LoraInjection.inputB(slot));
      }
    }
    if (zeros.isEmpty()) {
      return model;
    }
    Set<String> gone = new HashSet<>();
    zeros.forEach(z -> gone.add(gradientOf(z)));
    List<Value> outputs = graph.outputs().stream().filter(v -> !gone.contains(v.name())).toList();
    Graph pruned = GraphOrder.removeDeadCode(graph.withOutputs(outputs));
    return model.withGraph(dropUnusedInputs(ZeroPropagation.remove(pruned, zeros)));
  }

  /**
   * Keeps only some outputs, and the inputs and nodes that they need.
   *
   * @throws IllegalArgumentException if the graph has no such output
   */
  public static Model keepOutputs(Model model, Set<String> outputs) {
    requireKnown("output", outputs, Set.copyOf(model.graph().outputNames()));
    List<Value> kept =
        model.graph().outputs().stream().filter(v -> outputs.contains(v.name())).toList();
    Graph graph = GraphOrder.removeDeadCode(model.graph().withOutputs(kept));
    return model.withGraph(dropUnusedInputs(graph));
  }

  private static void requireKnown(String what, Set<String> wanted, Set<String> known) {
    for (String name : wanted) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "the graph has no %s '%s' %s"
                .formatted(what, name, NearestNames.suggestion(name, known))
                .strip());
      }
    }
  }

  private static Graph dropUnusedInputs(Graph graph) {
    Set<String> read = new HashSet<>(graph.outputNames());
    graph.nodes().forEach(n -> read.addAll(GraphOrder.reads(n)));
    return graph.withInputs(graph.inputs().stream().filter(v -> read.contains(v.name())).toList());
  }
}
