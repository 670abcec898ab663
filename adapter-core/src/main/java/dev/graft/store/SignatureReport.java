package dev.graft.store;

import dev.graft.store.model.Version;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the signatures of a version are worth.
 *
 * @param version which version
 * @param signatures those it has, by key
 */
public record SignatureReport(Version version, List<Entry> signatures) {
  /** Copy the list. */
  public SignatureReport {
    signatures = List.copyOf(signatures);
  }

  /**
   * A signature.
   *
   * @param keyId the key that is said to have signed
   * @param author who added it
   * @param time when it was added
   * @param verdict what it is worth
   */
  public record Entry(String keyId, String author, Instant time, Verdict verdict) {}

  /** What a signature is worth. */
  public enum Verdict {
    /** It is by a key that is trusted, and over this version. */
    TRUSTED("trusted"),
    /**
     * It is over this version; whether by that key cannot be told, since the key is not trusted.
     */
    UNKNOWN_KEY("unknown key"),
    /** It is over something else, or not by the key that it names. */
    INVALID("invalid");

    private final String text;

    Verdict(String text) {
      this.text = text;
    }

    /** For people. */
    public String text() {
      return text;
    }
  }

  /** Whether a trusted key has signed the version. */
  public boolean isTrusted() {
    return signatures.stream().anyMatch(entry -> entry.verdict() == Verdict.TRUSTED);
  }

  private static String told(Entry entry) {
    return switch (entry.verdict()) {
      case TRUSTED -> "by key " + entry.keyId();
      case UNKNOWN_KEY -> "by key %s, which is not trusted".formatted(entry.keyId());
      case INVALID -> "that names key %s and is not valid".formatted(entry.keyId());
    };
  }

  /** The signatures in half a sentence. */
  public String summary() {
    if (signatures.isEmpty()) {
      return "it has no signature";
    }
    return signatures.stream()
        .map(SignatureReport::told)
        .collect(Collectors.joining(", ", "it has a signature ", ""));
  }
}
