package dev.graft.generate;

import dev.graft.export.Bundle;
import dev.graft.export.Manifest;
import dev.graft.module.DecoderInfo;
import dev.graft.module.DecoderSignature;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.resident.AdapterStack;
import dev.graft.resident.GraphCache;
import dev.graft.resident.ResidentAdapter;
import dev.graft.resident.RowAdapter;
import dev.graft.session.BundleSessions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

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
  private final BundleSessions sessions;
  private final GraphCache graphs;
  private final Set<String> outputs = new HashSet<>();
  private volatile Set<String> modules = Set.of();

  Decoder(Bundle bundle, GenerationOptions options) {
    this.manifest = bundle.manifest();
    this.info = manifest.requireDecoder();
    this.layout = KvLayout.of(info);
    this.sessions = BundleSessions.of(bundle);
    this.graphs = new GraphCache(sessions, options.basePrecision(), options.session(), OPEN_GRAPHS);
    outputs.add(DecoderSignature.LOGITS);
    outputs.addAll(layout.present());
  }

  KvLayout layout() {
    return layout;
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
