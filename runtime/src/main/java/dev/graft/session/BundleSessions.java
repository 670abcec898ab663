package dev.graft.session;

import dev.graft.export.Bundle;
import dev.graft.export.BundleGraph;
import dev.graft.inject.QuantizedBase;
import dev.graft.inject.QuantizedWeights;
import dev.graft.inject.SlotSpecialization;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData.FileRegion;
import dev.graft.onnx.io.OnnxWriter;
import dev.graft.ort.ElementType;
import dev.graft.ort.ExternalWeights;
import dev.graft.ort.ModelSource;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.OrtRuntime;
import dev.graft.ort.SessionSettings;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Opens the graphs of one bundle. The weights file is mapped once, whatever is opened.
 *
 * <p>Threads may share it. Closing it releases the mapping when the last model opened here is
 * closed too; models are closed by whoever opened them.
 */
public final class BundleSessions implements AutoCloseable {
  private final Bundle bundle;
  private final Map<FileRegion, NativeTensor> mapped = new HashMap<>();
  private final QuantizedWeights quantized = new QuantizedWeights();
  private final IdentityHashMap<Tensor, NativeTensor> inMemory = new IdentityHashMap<>();
  private boolean closed;

  private BundleSessions(Bundle bundle) {
    this.bundle = bundle;
  }

  public static BundleSessions of(Bundle bundle) {
    return new BundleSessions(bundle);
  }

  public Bundle bundle() {
    return bundle;
  }

  /**
   * Opens a graph with some of its slots and outputs.
   *
   * @param modules the modules whose slots are kept; the other slots leave the graph
   * @param outputs the outputs to keep; all if empty
   * @throws IOException if the bundle's file cannot be read
   */
  public OrtModel open(
      BundleGraph graph, Set<String> modules, Collection<String> outputs, SessionSettings settings)
      throws IOException {
    return open(graph, modules, outputs, BasePrecision.FP32, settings);
  }

  /**
   * Opens a graph with some of its slots and outputs.
   *
   * @param modules the modules whose slots are kept; the other slots leave the graph
   * @param outputs the outputs to keep; all if empty
   * @param precision of the products with frozen weights
   * @throws IOException if the bundle's file cannot be read
   */
  public OrtModel open(
      BundleGraph graph,
      Set<String> modules,
      Collection<String> outputs,
      BasePrecision precision,
      SessionSettings settings)
      throws IOException {
    return open(graph, modules, outputs, precision, UnaryOperator.identity(), settings);
  }

  /**
   * Opens a graph with some of its slots and outputs.
   *
   * @param modules the modules whose slots are kept; the other slots leave the graph
   * @param outputs the outputs to keep; all if empty
   * @param precision of the products with frozen weights
   * @param rewrite what else is to be done to the graph
   * @throws IOException if the bundle's file cannot be read
   */
  public OrtModel open(
      BundleGraph graph,
      Set<String> modules,
      Collection<String> outputs,
      BasePrecision precision,
      UnaryOperator<Graph> rewrite,
      SessionSettings settings)
      throws IOException {
    Model model = bundle.model(graph);
    model = SlotSpecialization.keepSlots(model, bundle.manifest().slotModules(), modules);
    if (!outputs.isEmpty()) {
      model = SlotSpecialization.keepOutputs(model, Set.copyOf(outputs));
    }
    model = model.withGraph(rewrite.apply(model.graph()));
    if (precision == BasePrecision.INT8) {
      model = model.withGraph(QuantizedBase.apply(model.graph(), true, quantized));
    }
    return open(graph.fileName(), model, settings);
  }

  private OrtModel open(String name, Model model, SessionSettings settings) throws IOException {
    Map<String, NativeTensor> shared = sharedWeights(model);
    try (ExternalWeights weights = ExternalWeights.view(shared)) {
      byte[] graph =
          OnnxWriter.toBytes(model, bundle.directory(), inMemory(model), Bundle.WEIGHTS_FILE);
      ModelSource source =
          ModelSource.of(name, graph).withFolder(bundle.directory()).withWeights(weights);
      return OrtRuntime.open(source, settings);
    }
  }

  /** The tensors behind a model's large initializers; they stay with these sessions. */
  private synchronized Map<String, NativeTensor> sharedWeights(Model model) {
    if (closed) {
      throw new IllegalStateException(
          "the sessions of %s are closed".formatted(bundle.directory()));
    }
    Map<String, NativeTensor> weights = new HashMap<>();
    model
        .graph()
        .initializers()
        .forEach(
            (name, tensor) -> {
              if (tensor.data() instanceof FileRegion region) {
                weights.put(name, mapped.computeIfAbsent(region, r -> wrap(tensor)));
              } else if (quantized.holds(tensor)) {
                weights.put(name, inMemory.computeIfAbsent(tensor, BundleSessions::wrap));
              }
            });
    return weights;
  }

  /** The initializers that are used where they lie, in memory, and so are not written. */
  private Set<String> inMemory(Model model) {
    return model.graph().initializers().entrySet().stream()
        .filter(entry -> quantized.holds(entry.getValue()))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private static NativeTensor wrap(Tensor tensor) {
    long[] shape = tensor.dims().stream().mapToLong(Long::longValue).toArray();
    return NativeTensor.wrap(
        tensor.data().bytes(), ElementType.valueOf(tensor.elementType().name()), shape);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      mapped.values().forEach(NativeTensor::close);
      inMemory.values().forEach(NativeTensor::close);
    }
  }
}
