package dev.graft.store.check;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.AdapterConfig;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.prefix.PrefixConfig;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.PublishRefusedException;
import java.util.Optional;

/**
 * What the registry must know of every version.
 *
 * @param baseDigest the base it belongs to
 * @param tokenizerDigest the tokenizer it belongs to
 * @param type PEFT's name of its type
 * @param rank LoRA's rank, the number of virtual tokens of a prefix, 0 for a type that has neither
 */
public record AdapterFacts(String baseDigest, String tokenizerDigest, String type, int rank) {

  /**
   * Take the facts of an adapter.
   *
   * @throws PublishRefusedException if it does not say what it belongs to, or has a weight that is
   *     not finite
   */
  public static AdapterFacts of(Adapter adapter) throws PublishRefusedException {
    if (!adapter.isFinite()) {
      throw new PublishRefusedException(
          "the adapter has a NaN or infinite weight; its training diverged");
    }
    return new AdapterFacts(
        digest("base", adapter.record().baseDigest()),
        digest("tokenizer", adapter.record().tokenizerDigest()),
        adapter.config().peftType(),
        rank(adapter.config()));
  }

  private static String digest(String what, Optional<String> digest)
      throws PublishRefusedException {
    if (digest.isEmpty()) {
      throw new PublishRefusedException(
          "the adapter does not say which %s it belongs to; give its %s digest"
              .formatted(what, what));
    }
    try {
      return AdapterReference.checkDigest(what + " digest", digest.get());
    } catch (IllegalArgumentException e) {
      throw new PublishRefusedException("the adapter cannot be published: " + e.getMessage());
    }
  }

  private static int rank(AdapterConfig config) {
    if (config instanceof LoraConfig lora) {
      return lora.rank();
    }
    return config instanceof PrefixConfig prefix ? prefix.virtualTokens() : 0;
  }
}
