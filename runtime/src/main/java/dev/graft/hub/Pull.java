package dev.graft.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One pull: several files at once, and the first failure ends them all. */
final class Pull implements AutoCloseable {
  private static final int CONNECTIONS = 4;
  private static final long POLL_MILLIS = 100;

  /** Longer than a download takes to notice that it shall stop. */
  private static final long LONGEST_STOP_SECONDS = 60;

  /** What a disk keeps for itself. */
  private static final long SPARE_BYTES = 16L << 20;

  private final HubHttp http;
  private final HubRefusals refusals;
  private final HubModel model;
  private final Path target;
  private final PullListener listener;
  private final Queue<String> notes = new ConcurrentLinkedQueue<>();
  private final Retries retries;
  private final PullCounter counter = new PullCounter();
  private final Staging staging;
  private final ExecutorService workers;

  Pull(
      HubHttp http,
      HubRefusals refusals,
      RetryPolicy policy,
      HubModel model,
      Path target,
      PullListener listener)
      throws IOException {
    this.http = http;
    this.refusals = refusals;
    this.model = model;
    this.target = target;
    this.listener = listener;
    retries = new Retries(policy, notes::add);
    staging = Staging.open(target);
    workers = Executors.newFixedThreadPool(CONNECTIONS);
  }

  PullReport run() throws IOException {
    staging.keepOnly(model.files());
    checkSpace();
    List<HubFile> largestFirst = new ArrayList<>(model.files());
    largestFirst.sort(Comparator.comparingLong(HubFile::sizeBytes).reversed());
    CompletionService<HubFile> downloads = new ExecutorCompletionService<>(workers);
    List<Future<HubFile>> running = new ArrayList<>();
    for (HubFile file : largestFirst) {
      FileDownload download =
          new FileDownload(http, refusals, retries, staging, model, file, counter);
      running.add(
          downloads.submit(
              () -> {
                download.run();
                return file;
              }));
    }
    await(downloads, running.size());
    staging.install();
    return new PullReport(target, counter.transferredBytes(), counter.keptBytes(), retries.count());
  }

  private void checkSpace() throws IOException {
    long there = 0;
    for (HubFile file : model.files()) {
      for (Path path : List.of(staging.content(file), staging.part(file))) {
        there += Files.isRegularFile(path) ? Files.size(path) : 0;
      }
    }
    long wanted = model.sizeBytes() - there + SPARE_BYTES;
    long free = Files.getFileStore(staging.root()).getUsableSpace();
    if (wanted > free) {
      throw new HubException.NoSpace(
          "'%s' needs %d MiB more and its disk has %d MiB free; make room, or choose another place"
              .formatted(target, wanted >> 20, free >> 20),
          null);
    }
  }

  private void await(CompletionService<HubFile> downloads, int count) throws IOException {
    long total = model.sizeBytes();
    int left = count;
    while (left > 0) {
      try {
        Future<HubFile> done = downloads.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
        tell(total);
        if (done != null) {
          done.get();
          left--;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("stopped while pulling");
      } catch (ExecutionException e) {
        throw failure(e.getCause());
      }
    }
    tell(total);
  }

  private void tell(long total) {
    for (String note = notes.poll(); note != null; note = notes.poll()) {
      listener.onNote(note);
    }
    listener.onBytes(counter.done(), total);
  }

  private static IOException failure(@Nullable Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    if (cause instanceof RuntimeException bug) {
      throw bug;
    }
    return cause instanceof IOException io ? io : new IOException(cause);
  }

  /** Stops what runs, and lets go of the staging folder only then. */
  @Override
  public void close() throws IOException {
    workers.shutdownNow();
    try {
      if (!workers.awaitTermination(LONGEST_STOP_SECONDS, TimeUnit.SECONDS)) {
        throw new HubException("a download does not stop; end this process and run it again");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      staging.close();
    }
  }
}
