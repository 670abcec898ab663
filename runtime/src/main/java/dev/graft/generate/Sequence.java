package dev.graft.generate;

import dev.graft.resident.RowAdapter;
import dev.graft.text.StreamDecoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request under way: its prompt, what was generated so far, and its lease on an adapter. The
 * engine's thread alone changes it once it is submitted.
 */
final class Sequence {
  private final GenerationRequest request;
  private final int[] prompt;
  private final RowAdapter adapter;
  private final Set<Integer> endTokens;
  private final GenerationListener listener;
  private final Generation generation;
  private final AnswerText text;
  private final BitSet seen = new BitSet();
  private final List<Integer> generated = new ArrayList<>();
  private final List<TokenScore> scores = new ArrayList<>();
  private final long submittedNanos = System.nanoTime();
  private long firstTokenNanos;
  private @Nullable FinishReason ended;

  /**
   * Takes a request over.
   *
   * @param adapter a lease, which the sequence gives back at its end
   * @param endTokens all tokens that end the answer
   */
  Sequence(
      GenerationRequest request,
      int[] prompt,
      RowAdapter adapter,
      Set<Integer> endTokens,
      StreamDecoder decoder,
      GenerationListener listener) {
    this.request = request;
    this.prompt = prompt;
    this.adapter = adapter;
    this.endTokens = endTokens;
    this.listener = listener;
    this.generation = new Generation(adapter.digest());
    this.text = new AnswerText(decoder, request.stopping().strings());
    for (int token : prompt) {
      seen.set(token);
    }
  }

  Generation generation() {
    return generation;
  }

  RowAdapter adapter() {
    return adapter;
  }

  int promptLength() {
    return prompt.length;
  }

  int promptToken(int index) {
    return prompt[index];
  }

  /** The token that was generated last. */
  int lastToken() {
    return generated.get(generated.size() - 1);
  }

  /** The most cache cells it will take; the last token that is generated needs none. */
  int cells() {
    return adapter.virtualTokens() + prompt.length + request.stopping().maxNewTokens() - 1;
  }

  /** How it ended, if it has. */
  Optional<FinishReason> ended() {
    return Optional.ofNullable(ended);
  }

  /** Whether somebody asked for its end. */
  boolean isCancelled() {
    return generation.isCancelled();
  }

  /** Chooses the next token from the logits that lie in the sampler, and ends itself if it must. */
  void advance(Sampler sampler, TokenScorer scorer) {
    boolean scored = request.topScores().isPresent();
    if (scored) {
      scorer.observe(sampler.scores());
    }
    int token = sampler.choose(request.sampling(), seen, generated.size());
    if (scored) {
      scores.add(scorer.score(token, request.topScores().getAsInt(), sampler));
    }
    if (generated.isEmpty()) {
      firstTokenNanos = System.nanoTime();
    }
    generated.add(token);
    seen.set(token);
    boolean endsHere = endTokens.contains(token);
    if (!endsHere) {
      show(text.add(token));
    }
    if (endsHere || text.isStopped()) {
      end(FinishReason.STOP);
    } else if (generated.size() == request.stopping().maxNewTokens()) {
      end(FinishReason.LENGTH);
    }
  }

  private void show(String piece) {
    if (!piece.isEmpty()) {
      listener.onText(piece);
    }
  }

  /** Ends it with what there is. */
  void end(FinishReason reason) {
    show(text.finish());
    // What came with the last token may hold a stop string.
    GenerationResult result = result(text.isStopped() ? FinishReason.STOP : reason);
    ended = result.finishReason();
    adapter.release();
    try {
      listener.onEnd(result);
    } finally {
      generation.complete(result);
    }
  }

  /** Ends it with a failure, unless it has ended. */
  void fail(Throwable failure) {
    if (ended == null) {
      ended = FinishReason.CANCELLED;
      adapter.release();
      generation.fail(failure);
    }
  }

  private GenerationResult result(FinishReason reason) {
    long now = System.nanoTime();
    return new GenerationResult(
        text.shown(),
        generated,
        reason,
        prompt.length,
        scores,
        adapter.name(),
        adapter.digest(),
        Duration.ofNanos(generated.isEmpty() ? 0 : firstTokenNanos - submittedNanos),
        Duration.ofNanos(now - submittedNanos));
  }
}
