package dev.graft.hub;

import java.util.regex.Pattern;

/**
 * The name of a model repository: {@code owner/name}, or {@code name} for the few without owner.
 *
 * @param text the name as the Hub writes it
 */
public record HubId(String text) {
  private static final int MAX_LENGTH = 193;
  private static final Pattern PART = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]{0,95})");

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException if no repository can have that name
   */
  public HubId {
    String[] parts = text.length() > MAX_LENGTH ? new String[0] : text.split("/", -1);
    boolean wellFormed = parts.length == 1 || parts.length == 2;
    for (String part : parts) {
      wellFormed &= isName(part);
    }
    if (!wellFormed) {
      throw new IllegalArgumentException(
          "model id '%s' is none of the Hub's; give OWNER/NAME, such as HuggingFaceTB/SmolLM2-135M"
              .formatted(text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) : text));
    }
  }

  private static boolean isName(String part) {
    return PART.matcher(part).matches()
        && !part.contains("..")
        && !part.contains("--")
        && !part.endsWith(".")
        && !part.endsWith("-")
        && !part.endsWith(".git");
  }

  /** The owner, or an empty text. */
  String owner() {
    int slash = text.indexOf('/');
    return slash < 0 ? "" : text.substring(0, slash);
  }

  /** The last part of the name. */
  String name() {
    return text.substring(text.indexOf('/') + 1);
  }

  @Override
  public String toString() {
    return text;
  }
}
