package dev.graft.store.blob;

import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Looks at many blobs far away, several at a time: most of each look is waiting for an answer. */
final class ManyLooks {
  private static final int AT_ONCE = 16;

  private ManyLooks() {}

  /** A look at one. */
  interface Look {
    OptionalLong at(String digest) throws StoreException;
  }

  /** The lengths of those that are there. The first look that fails is what this fails with. */
  static Map<String, Long> sizes(Collection<String> digests, Look look) throws StoreException {
    Map<String, Long> sizes = new HashMap<>();
    if (digests.isEmpty()) {
      return sizes;
    }
    List<String> wanted = List.copyOf(digests);
    ExecutorService threads = Executors.newFixedThreadPool(Math.min(AT_ONCE, wanted.size()));
    try {
      List<Future<OptionalLong>> looks = new ArrayList<>();
      for (String digest : wanted) {
        looks.add(threads.submit(() -> look.at(digest)));
      }
      for (int i = 0; i < wanted.size(); i++) {
        OptionalLong size = looks.get(i).get();
        if (size.isPresent()) {
          sizes.put(wanted.get(i), size.getAsLong());
        }
      }
      return sizes;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StoreException reason) {
        throw reason;
      }
      if (e.getCause() instanceof RuntimeException reason) {
        throw reason;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailableException("interrupted while looking at blobs; try again", e);
    } finally {
      threads.shutdownNow();
    }
  }
}
