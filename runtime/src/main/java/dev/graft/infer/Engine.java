package dev.graft.infer;

import dev.graft.adapter.Adapter;
import dev.graft.export.AdapterBinding.Head;
import dev.graft.export.Bundle;
import dev.graft.export.IncompatibleAdapterException;
import dev.graft.export.Task;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.LoraInjection;
import dev.graft.inject.TaskGraphs;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.RunResult;
import dev.graft.resident.AdapterStack;
import dev.graft.resident.AdapterTable;
import dev.graft.resident.GraphCache;
import dev.graft.resident.LoadedAdapter;
import dev.graft.resident.RowAdapter;
import dev.graft.resident.UnknownAdapterException;
import dev.graft.session.BundleSessions;
import dev.graft.text.Encoded;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests with one base model and any number of adapters.
 *
 * <p>Threads may share an engine: adapters are loaded, replaced and unloaded while requests run. A
 * request looks its adapter up once and keeps it to its end. Rows of one call that use different
 * adapters, the base among them, share runs.
 *
 * <p>A row's result does not depend on which other rows are beside it, up to the rounding of
 * floating-point sums in another order (batches of other sizes use other kernels): logits agree to
 * about 1e-5.
 */
public final class Engine implements AutoCloseable {
  private final Bundle bundle;
  private final EngineOptions options;
  private final BundleSessions sessions;
  private final GraphCache graphs;
  private final TextTokenizer tokenizer;
  private final AdapterTable adapters;

  private Engine(
      Bundle bundle, EngineOptions options, TextTokenizer tokenizer, Optional<Head> head) {
    this.bundle = bundle;
    this.options = options;
    this.tokenizer = tokenizer;
    this.adapters = new AdapterTable(bundle.manifest(), head);
    this.sessions = BundleSessions.of(bundle);
    this.graphs =
        new GraphCache(sessions, options.basePrecision(), options.session(), options.maxGraphs());
  }

  /**
   * Opens an engine; the caller closes it.
   *
   * @throws IllegalArgumentException if the bundle holds a decoder
   * @throws IOException if the tokenizer or the model's own head cannot be read
   */
  public static Engine open(Bundle bundle, EngineOptions options) throws IOException {
    if (bundle.manifest().task() == Task.TEXT_GENERATION) {
      throw new IllegalArgumentException(
          "%s was exported for %s, which gives no vectors or labels; use 'graft generate'"
              .formatted(bundle.directory(), Task.TEXT_GENERATION.text()));
    }
    Optional<Head> head = bundle.head();
    return new Engine(bundle, options, TextTokenizer.open(bundle.tokenizer()), head);
  }

  public Bundle bundle() {
    return bundle;
  }

  /**
   * Makes an adapter available under a name, in place of any other of that name.
   *
   * @throws IncompatibleAdapterException if the adapter does not belong to the bundle or is not
   *     finite
   */
  public LoadedAdapter load(String name, Adapter adapter) {
    return adapters.load(name, adapter);
  }

  /** Forgets an adapter; requests under way finish with it. Returns whether it was loaded. */
  public boolean unload(String name) {
    return adapters.unload(name);
  }

  /** The loaded adapters: digest by name. */
  public SortedMap<String, String> loaded() {
    return adapters.digests();
  }

  /**
   * The labels of a loaded adapter, in the order of its logits; empty without a head.
   *
   * @throws UnknownAdapterException if no adapter has the name
   */
  public List<String> labelsOf(String name) {
    RowAdapter adapter = adapters.acquire(name);
    try {
      return adapter.labels();
    } finally {
      adapter.release();
    }
  }

  /**
   * Classifies texts.
   *
   * @return one prediction per request, in order
   * @throws UnknownAdapterException if a request names an adapter that is not loaded
   * @throws IllegalArgumentException if a request has an adapter without a head, or none and no
   *     head came with the base
   */
  public List<Prediction> predict(List<Request> requests) {
    if (bundle.manifest().task() != Task.TEXT_CLASSIFICATION) {
      throw new IllegalArgumentException(
          "%s was exported for %s; predict needs one for %s"
              .formatted(
                  bundle.directory(),
                  bundle.manifest().task().text(),
                  Task.TEXT_CLASSIFICATION.text()));
    }
    Prediction[] out = new Prediction[requests.size()];
    run(
        requests,
        ClassificationHead.LOGITS,
        (row, encoded, adapter, values) -> {
          List<Float> logits = new ArrayList<>();
          for (int i = 0; i < adapter.labelCount(); i++) {
            logits.add(values[i]);
          }
          out[row] =
              new Prediction(
                  adapter.labels(), logits, adapter.name(), adapter.digest(), encoded.truncated());
        });
    return Arrays.asList(out);
  }

  /**
   * Embeds texts.
   *
   * @param normalize whether to scale each vector to length 1
   * @return one embedding per request, in order
   * @throws UnknownAdapterException if a request names an adapter that is not loaded
   */
  public List<Embedding> embed(List<Request> requests, boolean normalize) {
    Embedding[] out = new Embedding[requests.size()];
    run(
        requests,
        TaskGraphs.EMBEDDING,
        (row, encoded, adapter, values) ->
            out[row] =
                new Embedding(
                    normalize ? normalized(values) : values,
                    adapter.name(),
                    adapter.digest(),
                    encoded.truncated()));
    return Arrays.asList(out);
  }

  private static float[] normalized(float[] values) {
    double sum = 0;
    for (float v : values) {
      sum += (double) v * v;
    }
    double length = Math.max(Math.sqrt(sum), 1e-12);
    float[] out = new float[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) (values[i] / length);
    }
    return out;
  }

  /** Receives the values of one row. */
  private interface RowSink {
    void accept(int row, Encoded encoded, RowAdapter adapter, float[] values);
  }

  private void run(List<Request> requests, String output, RowSink sink) {
    Map<Optional<String>, RowAdapter> leases = new HashMap<>();
    try {
      List<RowAdapter> rowAdapters = lease(requests, leases, output);
      List<Encoded> encoded =
          requests.stream()
              .map(r -> tokenizer.encode(r.text(), bundle.manifest().maxLength()))
              .toList();
      // Rows of similar length beside each other waste the least padding.
      List<Integer> order =
          IntStream.range(0, requests.size())
              .boxed()
              .sorted(Comparator.comparingInt(i -> encoded.get(i).length()))
              .toList();
      for (int to = order.size(); to > 0; ) {
        int longest = encoded.get(order.get(to - 1)).length();
        int from = Math.max(0, to - options.rowsOfLength(longest));
        runBatch(order.subList(from, to), encoded, rowAdapters, output, sink);
        to = from;
      }
    } finally {
      leases.values().forEach(RowAdapter::release);
    }
  }

  /** Looks up each adapter once; {@code leases} holds what the caller must release. */
  private List<RowAdapter> lease(
      List<Request> requests, Map<Optional<String>, RowAdapter> leases, String output) {
    List<RowAdapter> rows = new ArrayList<>();
    for (Request request : requests) {
      @Nullable RowAdapter known = leases.get(request.adapter());
      RowAdapter adapter = known != null ? known : acquire(request.adapter());
      leases.put(request.adapter(), adapter);
      if (output.equals(ClassificationHead.LOGITS) && adapter.labelCount() == 0) {
        throw new IllegalArgumentException(
            adapter.name().isEmpty()
                ? "a classification needs an adapter: no head came with the base model"
                : "adapter '%s' has no classification head; use it to embed"
                    .formatted(adapter.name()));
      }
      rows.add(adapter);
    }
    return rows;
  }

  private RowAdapter acquire(Optional<String> name) {
    return name.isPresent() ? adapters.acquire(name.get()) : adapters.acquireBase();
  }

  private void runBatch(
      List<Integer> rows,
      List<Encoded> encoded,
      List<RowAdapter> rowAdapters,
      String output,
      RowSink sink) {
    Map<RowAdapter, Integer> distinct = new LinkedHashMap<>();
    List<Integer> choice = new ArrayList<>();
    for (int row : rows) {
      int next = distinct.size();
      choice.add(distinct.computeIfAbsent(rowAdapters.get(row), a -> next));
    }
    List<RowAdapter> stacked = List.copyOf(distinct.keySet());
    Set<String> modules = modulesOf(stacked);
    boolean withHead = output.equals(ClassificationHead.LOGITS);
    try (TokenInputs tokens =
            TokenInputs.of(
                rows.stream().map(encoded::get).toList(),
                tokenizer.padId(),
                bundle.manifest().baseInputs());
        AdapterStack stack = AdapterStack.of(bundle.manifest(), stacked, modules, withHead);
        NativeTensor index = AdapterStack.index(choice, stacked.size())) {
      Map<String, NativeTensor> feeds = new HashMap<>(tokens.feeds());
      feeds.putAll(stack.feeds());
      if (!modules.isEmpty() || withHead) {
        feeds.put(LoraInjection.ADAPTER_INDEX, index);
      }
      float[] values =
          graphs.with(
              new GraphCache.Key(modules, Set.of(output)), model -> fetch(model, feeds, output));
      int width = values.length / rows.size();
      for (int i = 0; i < rows.size(); i++) {
        int row = rows.get(i);
        sink.accept(
            row,
            encoded.get(row),
            rowAdapters.get(row),
            Arrays.copyOfRange(values, i * width, (i + 1) * width));
      }
    }
  }

  private static float[] fetch(OrtModel model, Map<String, NativeTensor> feeds, String output) {
    try (RunResult result = model.run(feeds, List.of(output))) {
      return result.floats(output);
    }
  }

  /** The slots the graph of a batch needs: those that any of its adapters fills. */
  private static Set<String> modulesOf(Collection<RowAdapter> adapters) {
    Set<String> modules = new HashSet<>();
    adapters.forEach(a -> modules.addAll(a.modules()));
    return modules;
  }

  /** Waits for no one: requests under way finish, then their memory is freed. */
  @Override
  public void close() {
    adapters.close();
    graphs.close();
    sessions.close();
    tokenizer.close();
  }
}
