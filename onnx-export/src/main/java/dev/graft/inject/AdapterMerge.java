package dev.graft.inject;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.module.LinearModule;
import dev.graft.module.LinearModules;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Node;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import dev.graft.onnx.Value;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Folds an adapter into the weights of a base graph: {@code W' = W + scale * (B A)^T}. */
public final class AdapterMerge {

  /** The update of one module. */
  public record Update(LoraWeights weights, double scale) {}

  private AdapterMerge() {}

  /**
   * Adds updates to the weights of linear modules.
   *
   * @param graph a graph whose slots were removed
   * @param updates by module path
   * @throws IllegalArgumentException if the graph has no such module, or its weight serves another
   *     module or an embedding too
   */
  public static Graph fold(Graph graph, Map<String, Update> updates) {
    Map<String, LinearModule> byPath = new HashMap<>();
    LinearModules.find(graph).forEach(module -> byPath.put(module.path(), module));
    Map<String, Integer> readers = new HashMap<>();
    for (Node node : graph.nodes()) {
      GraphOrder.reads(node).forEach(value -> readers.merge(value, 1, Integer::sum));
    }
    Map<String, Tensor> initializers = new LinkedHashMap<>(graph.initializers());
    updates.forEach(
        (path, update) -> {
          LinearModule module = byPath.get(path);
          if (module == null || readers.getOrDefault(module.weight(), 0) != 1) {
            throw new IllegalArgumentException(
                module == null
                    ? "the base graph has no linear module '%s'".formatted(path)
                    : "module '%s' shares its weight '%s' with another part of the model and cannot be merged alone; serve the adapter from the bundle instead"
                        .formatted(path, module.weight()));
          }
          initializers.computeIfPresent(
              module.weight(), (name, weight) -> updated(module, weight, update));
        });
    return graph.withInitializers(initializers);
  }

  /** The sum in float, accumulated in double. */
  private static Tensor updated(LinearModule module, Tensor weight, Update update) {
    if (weight.elementType() != ElementType.FLOAT) {
      throw new IllegalArgumentException(
          "module '%s' has %s weights; only float ones can be merged"
              .formatted(module.path(), weight.elementType().text()));
    }
    boolean turned = module.layout() == LinearModule.Layout.OUT_IN;
    int in = Math.toIntExact(module.in());
    int out = Math.toIntExact(module.out());
    float[] a = update.weights().a().toArray();
    float[] b = update.weights().b().toArray();
    int rank = update.weights().rank();
    FloatBuffer from = weight.data().bytes().asFloatBuffer();
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(Math.multiplyExact(4, Math.multiplyExact(in, out)))
            .order(ByteOrder.LITTLE_ENDIAN);
    FloatBuffer to = bytes.asFloatBuffer();
    double[] row = new double[out];
    for (int i = 0; i < in; i++) {
      Arrays.fill(row, 0);
      for (int k = 0; k < rank; k++) {
        double factor = update.scale() * a[k * in + i];
        for (int j = 0; j < out; j++) {
          row[j] += factor * b[j * rank + k];
        }
      }
      for (int j = 0; j < out; j++) {
        int at = turned ? j * in + i : i * out + j;
        to.put(at, (float) (from.get(at) + row[j]));
      }
    }
    return new Tensor(ElementType.FLOAT, weight.dims(), new TensorData.Inline(bytes));
  }

  /** Turns graph inputs into constants, as a head becomes part of the model it is merged into. */
  public static Graph bindInputs(Graph graph, Map<String, FloatTensor> values) {
    Map<String, Tensor> initializers = new LinkedHashMap<>(graph.initializers());
    values.forEach(
        (name, value) -> {
          if (graph.input(name).isEmpty()) {
            throw new IllegalArgumentException("the graph has no input '%s'".formatted(name));
          }
          initializers.put(name, Tensor.floats(value.shape(), value.toArray()));
        });
    List<Value> inputs =
        graph.inputs().stream().filter(v -> !values.containsKey(v.name())).toList();
    return GraphOrder.removeDeadCode(graph.withInputs(inputs).withInitializers(initializers));
  }
}
