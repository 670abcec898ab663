package dev.graft.adapter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How an adapter was computed from others, without training.
 *
 * @param method what was done, for example {@code ties} or {@code resize}
 * @param parents the adapters it was computed from, in their order
 * @param settings a free JSON object: density, majority sign, rank, seed
 */
public record Derivation(String method, List<Parent> parents, ObjectNode settings) {
  /**
   * Check and copy.
   *
   * @throws IllegalArgumentException if the method is blank or there is no parent
   */
  public Derivation {
    parents = List.copyOf(parents);
    settings = settings.deepCopy();
    if (method.isBlank() || parents.isEmpty()) {
      throw new IllegalArgumentException(
          "a derivation needs a method and a parent, found \"%s\" of %d parents"
              .formatted(method, parents.size()));
    }
  }

  /** A copy of the settings, the caller's to change. */
  @Override
  public ObjectNode settings() {
    return settings.deepCopy();
  }

  /**
   * One adapter that another was computed from.
   *
   * @param digest its {@link Adapter#digest()}
   * @param weight its share
   */
  public record Parent(String digest, double weight) {
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

    /**
     * Check both.
     *
     * @throws IllegalArgumentException if the digest is none, or the weight is not finite
     */
    public Parent {
      if (!DIGEST.matcher(digest).matches()) {
        throw new IllegalArgumentException(
            "a parent's digest must be sha256: and 64 hexadecimal digits, found \"%s\""
                .formatted(digest));
      }
      if (!Double.isFinite(weight)) {
        throw new IllegalArgumentException(
            "a parent's weight must be finite, found %s".formatted(weight));
      }
    }
  }
}
