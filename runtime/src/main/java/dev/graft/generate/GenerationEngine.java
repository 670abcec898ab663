package dev.graft.generate;

import dev.graft.adapter.Adapter;
import dev.graft.export.Bundle;
import dev.graft.export.IncompatibleAdapterException;
import dev.graft.resident.AdapterTable;
import dev.graft.resident.LoadedAdapter;
import dev.graft.resident.RowAdapter;
import dev.graft.resident.UnknownAdapterException;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/**
 * Generates text with one base model and any number of LoRA and prefix adapters.
 *
 * <p>Threads may share an engine: adapters are loaded, replaced and unloaded while sequences run. A
 * request looks its adapter up when it is submitted and keeps it to its end. Sequences with
 * different adapters, the base among them, share runs.
 *
 * <p>A sequence's tokens do not depend on which others run beside it, up to the rounding of
 * floating-point sums in another order, about 1e-5 in a logit: random numbers come from its own
 * seed and the position of the token. With {@code BasePrecision.INT8} activations are quantized
 * over the whole run, so that neighbours change logits by more.
 */
public final class GenerationEngine implements AutoCloseable {
  private final Bundle bundle;
  private final GenerationOptions options;
  private final TextTokenizer tokenizer;
  private final Decoder decoder;
  private final AdapterTable adapters;
  private final Scheduler scheduler;

  private GenerationEngine(Bundle bundle, GenerationOptions options, TextTokenizer tokenizer)
      throws IOException {
    this.bundle = bundle;
    this.options = options;
    this.tokenizer = tokenizer;
    this.decoder = new Decoder(bundle, options);
    this.adapters = new AdapterTable(bundle.manifest());
    this.scheduler = new Scheduler(decoder, options);
  }

  /**
   * Opens an engine; the caller closes it.
   *
   * @throws IOException if the tokenizer or a graph cannot be read
   * @throws IllegalArgumentException if the bundle was not exported for text generation
   */
  public static GenerationEngine open(Bundle bundle, GenerationOptions options) throws IOException {
    bundle.manifest().requireDecoder();
    TextTokenizer tokenizer = TextTokenizer.open(bundle.tokenizer());
    boolean complete = false;
    try {
      GenerationEngine engine = new GenerationEngine(bundle, options, tokenizer);
      engine.scheduler.start();
      complete = true;
      return engine;
    } finally {
      if (!complete) {
        tokenizer.close();
      }
    }
  }

  public Bundle bundle() {
    return bundle;
  }

  public TextTokenizer tokenizer() {
    return tokenizer;
  }

  /**
   * Makes an adapter available under a name, in place of any other of that name. If it changes
   * modules that no adapter before it did, a graph is opened first, which takes a moment.
   *
   * @throws IncompatibleAdapterException if the adapter does not belong to the bundle or is not
   *     finite
   */
  public LoadedAdapter load(String name, Adapter adapter) {
    return adapters.load(name, adapter, decoder::prepareFor);
  }

  /** Forgets an adapter; sequences under way finish with it. Returns whether it was loaded. */
  public boolean unload(String name) {
    return adapters.unload(name);
  }

  /** The loaded adapters: digest by name. */
  public SortedMap<String, String> loaded() {
    return adapters.digests();
  }

  /**
   * Generates and waits for the end.
   *
   * @see #submit(GenerationRequest, GenerationListener)
   */
  public GenerationResult generate(GenerationRequest request) {
    return submit(request).result();
  }

  /**
   * Generates several and waits for all; they run together as far as there is room. There may be
   * more than the engine lets wait: the later ones are submitted when earlier ones have ended.
   *
   * @return one result per request, in order
   * @see #submit(GenerationRequest, GenerationListener)
   */
  public List<GenerationResult> generate(List<GenerationRequest> requests) {
    List<Generation> generations = new ArrayList<>();
    List<GenerationResult> results = new ArrayList<>();
    try {
      for (GenerationRequest request : requests) {
        generations.add(submitInTurn(request, generations, results));
      }
      generations.subList(results.size(), generations.size()).stream()
          .map(Generation::result)
          .forEach(results::add);
    } finally {
      generations.forEach(Generation::cancel);
    }
    return results;
  }

  /** Submits a request, if need be once more of those before it have ended. */
  private Generation submitInTurn(
      GenerationRequest request, List<Generation> earlier, List<GenerationResult> ended) {
    while (true) {
      try {
        return submit(request);
      } catch (WaitingLimitException e) {
        if (ended.size() == earlier.size()) {
          throw e;
        }
        ended.add(earlier.get(ended.size()).result());
      }
    }
  }

  /** Submits a request that nobody listens to. */
  public Generation submit(GenerationRequest request) {
    return submit(request, GenerationListener.NONE);
  }

  /**
   * Submits a request and returns at once.
   *
   * @param listener is told the text as it comes
   * @throws UnknownAdapterException if the request names an adapter that is not loaded
   * @throws WaitingLimitException if {@code maxRows} and {@code maxWaiting} of the engine's options
   *     together are under way
   * @throws ContextOverflowException if prefix, prompt and answer are more tokens than fit
   * @throws IllegalArgumentException if the prompt has no tokens, or one that the model has not
   */
  public Generation submit(GenerationRequest request, GenerationListener listener) {
    int[] prompt = PromptTokens.of(request.prompt(), tokenizer, decoder.info());
    RowAdapter adapter =
        request.adapter().isPresent() ? adapters.acquire(request.adapter().get()) : RowAdapter.BASE;
    boolean taken = false;
    try {
      requireRoom(request, prompt.length, adapter);
      Sequence sequence =
          new Sequence(
              request,
              prompt,
              adapter,
              endTokens(request),
              tokenizer.streamDecoder(true),
              listener);
      scheduler.submit(sequence);
      taken = true;
      return sequence.generation();
    } finally {
      if (!taken) {
        adapter.release();
      }
    }
  }

  private Set<Integer> endTokens(GenerationRequest request) {
    Set<Integer> tokens = new HashSet<>(request.stopping().tokens());
    if (request.stopping().endTokens()) {
      decoder.info().eosTokenIds().forEach(id -> tokens.add(Math.toIntExact(id)));
    }
    return tokens;
  }

  private void requireRoom(GenerationRequest request, int prompt, RowAdapter adapter) {
    int virtual = adapter.virtualTokens();
    int answer = request.stopping().maxNewTokens();
    long all = (long) virtual + prompt + answer;
    int context = bundle.manifest().maxLength();
    if (all > context) {
      int left = context - virtual - prompt;
      throw new ContextOverflowException(
          "the prompt has %d tokens%s and the answer may have %d: %d in all, and the model's context takes %d; %s"
              .formatted(
                  prompt,
                  virtual == 0
                      ? ""
                      : ", the prefix of adapter '%s' %d,".formatted(adapter.name(), virtual),
                  answer,
                  all,
                  context,
                  left > 0
                      ? "ask for at most %d new tokens or shorten the prompt".formatted(left)
                      : "shorten the prompt"));
    }
    if (all - 1 > options.maxCells()) {
      throw new ContextOverflowException(
          "prompt and answer need %d cells of the cache, and the engine has %d; open it with more"
              .formatted(all - 1, options.maxCells()));
    }
  }

  /** Cancels all sequences, waits for their end, and frees what the engine holds. */
  @Override
  public void close() {
    scheduler.close();
    adapters.close();
    decoder.close();
    tokenizer.close();
  }
}
