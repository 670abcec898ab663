package dev.graft.generate;

import dev.graft.adapter.Adapter;
import dev.graft.export.Bundle;
import dev.graft.export.IncompatibleAdapterException;
import dev.graft.inject.LoraInjection;
import dev.graft.ort.NativeTensor;
import dev.graft.resident.AdapterStack;
import dev.graft.resident.AdapterTable;
import dev.graft.resident.RowAdapter;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The logits of the token that comes after a text, by the base and by one adapter: what a {@link
 * GenerationEngine} chooses its first token from, one text at a time. Both go through one graph, so
 * that an adapter of zeros gives exactly the base's. Used by one thread.
 */
public final class NextLogits implements AutoCloseable {
  private static final String ADAPTER = "adapter";

  private final TextTokenizer tokenizer;
  private final Decoder decoder;
  private final AdapterTable adapters;
  private final int longest;

  private NextLogits(TextTokenizer tokenizer, Decoder decoder, AdapterTable adapters, int longest) {
    this.tokenizer = tokenizer;
    this.decoder = decoder;
    this.adapters = adapters;
    this.longest = longest;
  }

  /**
   * Opens what is needed; the caller closes it.
   *
   * @throws IOException if the tokenizer or a graph cannot be read
   * @throws IllegalArgumentException if the bundle was not exported for text generation
   * @throws IncompatibleAdapterException if the adapter does not belong to the bundle or is not
   *     finite
   */
  public static NextLogits open(Bundle bundle, Adapter adapter, GenerationOptions options)
      throws IOException {
    Decoder decoder = new Decoder(bundle, options);
    AdapterTable adapters = new AdapterTable(bundle.manifest());
    boolean complete = false;
    try {
      int virtual = adapters.load(ADAPTER, adapter, decoder::prepareFor).virtualTokens();
      TextTokenizer tokenizer = TextTokenizer.open(bundle.tokenizer());
      complete = true;
      int longest = bundle.manifest().maxLength() - virtual;
      return new NextLogits(tokenizer, decoder, adapters, longest);
    } finally {
      if (!complete) {
        adapters.close();
        decoder.close();
      }
    }
  }

  /** Whether there is a token to begin with: one of the text, or else the model's first. */
  public boolean reads(String text) {
    return decoder.info().bosTokenId().isPresent()
        || tokenizer.tokenize(text, true).ids().length > 0;
  }

  /** The base's logits, one per token of the vocabulary, after as much of a text as fits. */
  public float[] base(String text) {
    return run(RowAdapter.BASE, text);
  }

  /** The adapter's logits, one per token of the vocabulary, after as much of a text as fits. */
  public float[] adapted(String text) {
    RowAdapter adapter = adapters.acquire(ADAPTER);
    try {
      return run(adapter, text);
    } finally {
      adapter.release();
    }
  }

  private float[] run(RowAdapter adapter, String text) {
    int[] all = PromptTokens.of(Prompt.of(text), tokenizer, decoder.info());
    int[] ids = Arrays.copyOf(all, Math.min(all.length, longest));
    NewTokens tokens = new NewTokens(1, ids.length);
    for (int id : ids) {
      tokens.add(0, id);
    }
    Set<String> slots = decoder.modules();
    // What has no slots is the base to the graph, whatever its prefix.
    RowAdapter stacked = adapter.modules().isEmpty() ? RowAdapter.BASE : adapter;
    try (KvCache cache = decoder.cache(List.of(adapter));
        AdapterStack stack = decoder.stack(List.of(stacked), slots);
        NativeTensor index = AdapterStack.index(List.of(0), 1);
        NativeTensor logits = decoder.logits(1)) {
      Map<String, NativeTensor> feeds = new HashMap<>(stack.feeds());
      if (!slots.isEmpty()) {
        feeds.put(LoraInjection.ADAPTER_INDEX, index);
      }
      decoder.with(
          slots,
          model -> {
            cache.run(model, tokens, feeds, decoder.outputs(logits));
            return true;
          });
      FloatBuffer values = logits.floatBuffer();
      float[] out = new float[values.remaining()];
      values.get(out);
      return out;
    }
  }

  @Override
  public void close() {
    adapters.close();
    decoder.close();
    tokenizer.close();
  }
}
