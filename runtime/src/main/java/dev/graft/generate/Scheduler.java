package dev.graft.generate;

import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The thread that runs all sequences. Each turn reads a part of the prompts that are joining, and
 * generates one token of every sequence that has joined. Sequences are admitted in the order of
 * their submission as soon as there is room.
 */
final class Scheduler implements AutoCloseable {
  private final Decoder decoder;
  private final GenerationOptions options;
  private final Sampler sampler;
  private final TokenScorer scorer;
  private final Thread thread;

  /** Submitted and not seen by the thread; guarded by this. */
  private final List<Sequence> submitted = new ArrayList<>();

  /** How many sequences were submitted and have not ended; guarded by this. */
  private int underWay;

  /** Guarded by this. */
  private boolean closing;

  private final Deque<Sequence> waiting = new ArrayDeque<>();
  private @Nullable Prefill prefill;
  private final DecodingBatch active;

  Scheduler(Decoder decoder, GenerationOptions options) {
    this.decoder = decoder;
    this.options = options;
    int vocabulary = Math.toIntExact(decoder.info().vocabSize());
    this.sampler = new Sampler(vocabulary);
    this.scorer = new TokenScorer(vocabulary);
    this.active = DecodingBatch.empty(decoder);
    this.thread = new Thread(this::run, "graft-generate");
    this.thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /**
   * Takes a sequence over.
   *
   * @throws IllegalStateException if it is closed
   * @throws WaitingLimitException if as many are under way as it takes
   */
  synchronized void submit(Sequence sequence) {
    if (closing) {
      throw new IllegalStateException("the engine is closed");
    }
    if (underWay - options.maxRows() >= options.maxWaiting()) {
      throw new WaitingLimitException(underWay, options);
    }
    underWay++;
    sequence.generation().beforeEnd(this::oneHasEnded);
    submitted.add(sequence);
    notifyAll();
  }

  private synchronized void oneHasEnded() {
    underWay--;
  }

  /** Ends all sequences and waits for the thread. */
  @Override
  public void close() {
    synchronized (this) {
      closing = true;
      notifyAll();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (receive()) {
        turn();
      }
    } finally {
      cancelAll();
    }
  }

  /** Takes in what was submitted, and waits for it if there is nothing else to do. */
  private synchronized boolean receive() {
    while (submitted.isEmpty() && !closing && isIdle()) {
      try {
        wait();
      } catch (InterruptedException e) {
        closing = true;
      }
    }
    waiting.addAll(submitted);
    submitted.clear();
    return !closing;
  }

  private boolean isIdle() {
    return waiting.isEmpty() && prefill == null && active.isEmpty();
  }

  private void turn() {
    endCancelled();
    admit();
    if (prefill != null) {
      read(prefill);
    }
    generate();
  }

  private void endCancelled() {
    for (Iterator<Sequence> all = waiting.iterator(); all.hasNext(); ) {
      Sequence sequence = all.next();
      if (sequence.isCancelled()) {
        all.remove();
        end(sequence);
      }
    }
    active.sequences().stream().filter(Sequence::isCancelled).forEach(Scheduler::end);
    if (prefill != null) {
      List<Sequence> reading = prefill.batch().sequences();
      reading.stream().filter(Sequence::isCancelled).forEach(Scheduler::end);
      if (reading.stream().allMatch(s -> s.ended().isPresent())) {
        prefill.close();
        prefill = null;
      }
    }
    dropEnded();
  }

  private static void end(Sequence sequence) {
    if (sequence.ended().isEmpty()) {
      guarded(sequence, () -> sequence.end(FinishReason.CANCELLED));
    }
  }

  /** Keeps a failure of one sequence, its listener's for instance, from the others. */
  private static void guarded(Sequence sequence, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      sequence.fail(e);
    }
  }

  private void dropEnded() {
    try {
      active.dropEnded();
    } catch (RuntimeException | OutOfMemoryError e) {
      failAll(active, e);
    }
  }

  /** Takes over the sequences of a batch whose prompts have been read. */
  private void join(DecodingBatch arriving) {
    try {
      active.exchange(arriving);
    } catch (RuntimeException | OutOfMemoryError e) {
      failAll(active, e);
      failAll(arriving, e);
    } finally {
      arriving.close();
    }
  }

  /** Begins to read the prompts of the first that wait and have room. */
  private void admit() {
    if (prefill != null || waiting.isEmpty()) {
      return;
    }
    List<Sequence> fitting = new ArrayList<>();
    int rows = active.sequences().size();
    int longest = active.sequences().stream().mapToInt(Sequence::cells).max().orElse(0);
    for (Sequence next : waiting) {
      longest = Math.max(longest, next.cells());
      rows++;
      if (rows > options.maxRows() || (long) rows * longest > options.maxCells()) {
        break;
      }
      fitting.add(next);
    }
    if (fitting.isEmpty()) {
      return;
    }
    List<Sequence> group = Prefill.group(fitting, options.prefillTokens(), decoder.writesInPlace());
    waiting.removeAll(group);
    try {
      prefill = Prefill.of(decoder, group, options.prefillTokens());
    } catch (RuntimeException | OutOfMemoryError e) {
      group.forEach(sequence -> sequence.fail(e));
    }
  }

  /** Reads a part of prompts; after the last part their sequences join the others. */
  private void read(Prefill reading) {
    try {
      Optional<FloatBuffer> logits = reading.advance();
      if (logits.isEmpty()) {
        return;
      }
      choose(reading.batch(), logits.get());
    } catch (RuntimeException | OutOfMemoryError e) {
      failAll(reading.batch(), e);
    }
    prefill = null;
    join(reading.batch());
  }

  /** Generates the next token of each sequence that has joined. */
  private void generate() {
    if (active.isEmpty()) {
      return;
    }
    List<Sequence> rows = active.sequences();
    NewTokens tokens = new NewTokens(rows.size(), 1);
    for (int row = 0; row < rows.size(); row++) {
      tokens.add(row, rows.get(row).lastToken());
    }
    try {
      choose(active, active.run(tokens));
    } catch (RuntimeException | OutOfMemoryError e) {
      failAll(active, e);
    }
    dropEnded();
  }

  private void choose(DecodingBatch batch, FloatBuffer logits) {
    List<Sequence> rows = batch.sequences();
    float[] scores = sampler.scores();
    for (int row = 0; row < rows.size(); row++) {
      Sequence sequence = rows.get(row);
      if (sequence.ended().isEmpty()) {
        logits.get(row * scores.length, scores);
        guarded(sequence, () -> sequence.advance(sampler, scorer));
      }
    }
  }

  /** Ends all sequences of a batch, which is empty then. */
  private static void failAll(DecodingBatch batch, Throwable failure) {
    batch.sequences().forEach(sequence -> sequence.fail(failure));
    batch.close();
  }

  private void cancelAll() {
    List<Sequence> all = new ArrayList<>(active.sequences());
    if (prefill != null) {
      all.addAll(prefill.batch().sequences());
      prefill.close();
    }
    all.addAll(waiting);
    synchronized (this) {
      closing = true;
      all.addAll(submitted);
    }
    all.forEach(Scheduler::end);
    active.close();
  }
}
