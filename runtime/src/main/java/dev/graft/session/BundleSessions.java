package dev.graft.session;

import dev.graft.export.Bundle;
import dev.graft.export.BundleGraph;
import dev.graft.inject.QuantizedBase;
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
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Opens the graphs of one bundle. The weights file is mapped once, whatever is opened.
 *
 * <p>Threads may share it. Closing it releases the mapping when the last model opened here is
 * closed too; models are closed by whoever opened them.
 */
public final class BundleSessions implements AutoCloseable {
  private final Bundle bundle;
  private final Map<FileRegion, NativeTensor> mapped = new HashMap<>();
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
      model = model.withGraph(QuantizedBase.apply(model.graph(), true));
    }
    return open(graph.fileName(), model, settings);
  }

  private OrtModel open(String name, Model model, SessionSettings settings) throws IOException {
    try (ExternalWeights weights = weightsOf(model)) {
      ModelSource source =
          ModelSource.of(name, OnnxWriter.toBytes(model, bundle.directory()))
              .withFolder(bundle.directory())
              .withWeights(weights);
      return OrtRuntime.open(source, settings);
    }
  }

  /** The mapped tensors behind a model's large initializers; the caller's holds on them. */
  private synchronized ExternalWeights weightsOf(Model model) {
    if (closed) {
      throw new IllegalStateException(
          "the sessions of %s are closed".formatted(bundle.directory()));
    }
    Map<String, NativeTensor> weights = new HashMap<>();
    for (Map.Entry<String, Tensor> entry : model.graph().initializers().entrySet()) {
      Tensor tensor = entry.getValue();
      if (tensor.data() instanceof FileRegion region) {
        weights.put(entry.getKey(), mapped.computeIfAbsent(region, r -> map(tensor, r)));
      }
    }
    return ExternalWeights.view(weights);
  }

  private static NativeTensor map(Tensor tensor, FileRegion region) {
    long[] shape = tensor.dims().stream().mapToLong(Long::longValue).toArray();
    return NativeTensor.wrap(
        region.bytes(), ElementType.valueOf(tensor.elementType().name()), shape);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      mapped.values().forEach(NativeTensor::close);
    }
  }
}
