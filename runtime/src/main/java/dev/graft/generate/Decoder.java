package dev.graft.generate;

import dev.graft.export.Bundle;
import dev.graft.export.BundleGraph;
import dev.graft.export.Manifest;
import dev.graft.inject.InPlaceAttention;
import dev.graft.module.DecoderInfo;
import dev.graft.module.DecoderSignature;
import dev.graft.onnx.Graph;
import dev.graft.ort.Device;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.resident.AdapterStack;
import dev.graft.resident.GraphCache;
import dev.graft.resident.ResidentAdapter;
import dev.graft.resident.RowAdapter;
import dev.graft.session.BundleSessions;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The decoder's graph, with the slots of all modules that any adapter loaded so far has changed.
 * One graph serves all sequences, so an adapter for other modules opens a larger one: when it is
 * loaded, not when it is asked for.
 */
final class Decoder implements AutoCloseable {
  /** The graph in use, and the one that replaces it. */
  private static final int OPEN_GRAPHS = 2;

  private final Manifest manifest;
  private final DecoderInfo info;
  private final KvLayout layout;
  private final boolean inPlace;
  private final BundleSessions sessions;
  private final GraphCache graphs;
  private final Set<String> outputs = new HashSet<>();
  private volatile Set<String> modules = Set.of();

  Decoder(Bundle bundle, GenerationOptions options) throws IOException {
    this.manifest = bundle.manifest();
    this.info = manifest.requireDecoder();
    this.layout = KvLayout.of(info);
    this.sessions = BundleSessions.of(bundle);
    this.inPlace = options.inPlaceAttention() && canWriteInPlace(bundle, options);
    this.graphs =
        new GraphCache(
            sessions,
            options.basePrecision(),
            inPlace ? this::writingInPlace : UnaryOperator.identity(),
            options.session(),
            OPEN_GRAPHS);
    outputs.add(DecoderSignature.LOGITS);
    outputs.addAll(layout.present());
  }

  /** Whether this graph is known and this device writes into the memory it was given. */
  private boolean canWriteInPlace(Bundle bundle, GenerationOptions options) throws IOException {
    return options.session().device().equals(Device.CPU)
        && InPlaceAttention.apply(bundle.model(BundleGraph.INFERENCE).graph(), info).isPresent();
  }

  private Graph writingInPlace(Graph graph) {
    return InPlaceAttention.apply(graph, info)
        .orElseThrow(() -> new IllegalStateException("attention has changed with the slots"));
  }

  /** Whether the graph writes new keys and values behind those of the past. */
  boolean writesInPlace() {
    return inPlace;
  }

  /** A cache whose rows hold the prefixes of these adapters. */
  KvCache cache(List<RowAdapter> adapters) {
    return inPlace
        ? InPlaceCache.ofPrefixes(layout, adapters)
        : AppendingCache.ofPrefixes(layout, adapters);
  }

  DecoderInfo info() {
    return info;
  }

  /** The modules whose slots the graph has now; only ever more. */
  Set<String> modules() {
    return modules;
  }

  /** Opens a graph that has the slots of an adapter too, if need be. */
  synchronized void prepareFor(ResidentAdapter adapter) {
    Set<String> wider = new HashSet<>(modules);
    wider.addAll(adapter.modules());
    with(wider, model -> wider);
    modules = Set.copyOf(wider);
    graphs.keepOnly(new GraphCache.Key(wider, outputs));
  }

  /** Runs with the graph that has the slots of these modules. */
  <T> T with(Set<String> slots, Function<OrtModel, T> run) {
    return graphs.with(new GraphCache.Key(slots, outputs), run);
  }

  /** The adapter inputs of a graph; the caller closes them. */
  AdapterStack stack(List<RowAdapter> adapters, Set<String> slots) {
    return AdapterStack.of(manifest, adapters, slots, false);
  }

  /** A tensor for the logits of so many rows; the caller closes it. */
  NativeTensor logits(int rows) {
    return NativeTensor.floats(rows, info.vocabSize());
  }

  Map<String, NativeTensor> outputs(NativeTensor logits) {
    return Map.of(DecoderSignature.LOGITS, logits);
  }

  @Override
  public void close() {
    graphs.close();
    sessions.close();
  }
}
