package dev.graft.store.model;

/**
 * How people name one version of an adapter.
 *
 * <table>
 * <caption>Forms</caption>
 * <tr><td>{@code acme/support:candidate}</td><td>what the alias points to</td></tr>
 * <tr><td>{@code acme/support@3}</td><td>version 3</td></tr>
 * <tr><td>{@code acme/support@sha256:...}</td><td>the newest version that computes what this digest
 * of an adapter identifies; 64 hexadecimal digits</td></tr>
 * <tr><td>{@code acme/support}</td><td>the same as {@code acme/support:prod}</td></tr>
 * </table>
 *
 * <p>A bare name never means "the newest": publishing must not change what is served. Where there
 * is no alias {@code prod}, a bare name is refused like any alias that is not there.
 *
 * @param adapter the adapter
 * @param target which of its versions
 */
public record AdapterReference(AdapterName adapter, Target target) {
  /** The alias that a bare name means. */
  public static final String DEFAULT_ALIAS = "prod";

  private static final int MAX_LENGTH = 512;
  private static final String DIGEST_START = "sha256:";
  private static final int DIGEST_DIGITS = 64;

  /** Which version of an adapter. */
  public sealed interface Target {}

  /**
   * What an alias points to.
   *
   * @param alias its name
   */
  public record AliasName(String alias) implements Target {
    /** Check the name. */
    public AliasName {
      Names.check("alias", alias);
    }

    @Override
    public String toString() {
      return ":" + alias;
    }
  }

  /**
   * A version by its number.
   *
   * @param version 1 for the first
   */
  public record VersionNumber(int version) implements Target {
    /** Check the number. */
    public VersionNumber {
      if (version < 1) {
        throw new IllegalArgumentException("version must be at least 1, found " + version);
      }
    }

    @Override
    public String toString() {
      return "@" + version;
    }
  }

  /**
   * A version by what it computes.
   *
   * @param digest {@code sha256:} and 64 hexadecimal digits
   */
  public record ContentDigest(String digest) implements Target {
    /** Check the form. */
    public ContentDigest {
      checkDigest("digest", digest);
    }

    @Override
    public String toString() {
      return "@" + digest;
    }
  }

  /**
   * Read a reference.
   *
   * @throws IllegalArgumentException if the text is none; the message says what is wrong with it
   */
  public static AdapterReference parse(String text) {
    if (text.length() > MAX_LENGTH) {
      throw bad(
          text, "it has %d characters, at most %d are read".formatted(text.length(), MAX_LENGTH));
    }
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw bad(text, "it has no tenant and adapter with a slash between");
    }
    int end = indexOfTarget(text, slash + 1);
    AdapterName adapter = new AdapterName(text.substring(0, slash), text.substring(slash + 1, end));
    if (end == text.length()) {
      return adapter.alias(DEFAULT_ALIAS);
    }
    String target = text.substring(end + 1);
    if (text.charAt(end) == ':') {
      return adapter.alias(target);
    }
    return target.startsWith(DIGEST_START)
        ? new AdapterReference(adapter, new ContentDigest(target))
        : adapter.version(number(text, target));
  }

  private static int indexOfTarget(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      if (text.charAt(i) == ':' || text.charAt(i) == '@') {
        return i;
      }
    }
    return text.length();
  }

  private static int number(String text, String digits) {
    boolean plain =
        !digits.isEmpty()
            && digits.length() <= 9
            && digits.charAt(0) != '0'
            && digits.chars().allMatch(digit -> digit >= '0' && digit <= '9');
    if (!plain) {
      throw bad(
          text,
          "%s is neither a version, such as 3, nor a whole digest".formatted(Names.quote(digits)));
    }
    return Integer.parseInt(digits);
  }

  /**
   * Return {@code digest} if it is {@code sha256:} and 64 hexadecimal digits.
   *
   * @param kind what it identifies, for the message: {@code base digest}
   * @throws IllegalArgumentException if it is not
   */
  public static String checkDigest(String kind, String digest) {
    if (digest.length() != DIGEST_START.length() + DIGEST_DIGITS
        || !digest.startsWith(DIGEST_START)
        || !digest.substring(DIGEST_START.length()).chars().allMatch(AdapterReference::isHex)) {
      throw new IllegalArgumentException(
          "%s %s is not a digest; expected sha256: and %d digits of 0-9 and a-f"
              .formatted(kind, Names.quote(digest), DIGEST_DIGITS));
    }
    return digest;
  }

  private static boolean isHex(int letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
  }

  private static IllegalArgumentException bad(String text, String problem) {
    return new IllegalArgumentException(
        "%s is not a reference: %s; expected TENANT/NAME, TENANT/NAME:ALIAS, TENANT/NAME@VERSION or TENANT/NAME@sha256:DIGEST"
            .formatted(Names.quote(text), problem));
  }

  @Override
  public String toString() {
    return adapter.toString() + target;
  }
}
