package dev.graft.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** An access token. It is written into one request header and never shown. */
public final class HubToken {
  private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{1,4096}");
  private static final int MAX_FILE_BYTES = 8192;

  private final String secret;

  private HubToken(String secret) {
    this.secret = secret;
  }

  /**
   * Takes a token as a person or file gives it; blanks around it do not count.
   *
   * @param origin where it came from, for the message
   * @throws IllegalArgumentException if no header could carry it; the message does not show it
   */
  public static HubToken of(String text, String origin) {
    String secret = text.strip();
    if (!TOKEN.matcher(secret).matches()) {
      throw new IllegalArgumentException(
          "the token of %s has characters that no token has; copy it again from the Hub's settings"
              .formatted(origin));
    }
    return new HubToken(secret);
  }

  /**
   * The token that the Hub's own tools would use: {@code HF_TOKEN}, else the file {@code
   * HF_TOKEN_PATH}, else {@code token} in {@code HF_HOME} (by default {@code
   * ~/.cache/huggingface}).
   */
  static Optional<HubToken> find(Map<String, String> env) throws IOException {
    String text = env.getOrDefault("HF_TOKEN", "");
    if (!text.isBlank()) {
      return Optional.of(of(text, "HF_TOKEN"));
    }
    Optional<Path> file = file(env).filter(Files::isRegularFile);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    String origin = "'%s'".formatted(file.get());
    if (Files.size(file.get()) > MAX_FILE_BYTES) {
      throw new IllegalArgumentException(
          "the token file %s has more than %d bytes; expected a token alone"
              .formatted(origin, MAX_FILE_BYTES));
    }
    String content = Files.readString(file.get());
    return content.isBlank() ? Optional.empty() : Optional.of(of(content, origin));
  }

  private static Optional<Path> file(Map<String, String> env) {
    Optional<Path> named = path(env, "HF_TOKEN_PATH");
    if (named.isPresent()) {
      return named;
    }
    return path(env, "HF_HOME")
        .or(() -> path(env, "XDG_CACHE_HOME").map(cache -> cache.resolve("huggingface")))
        .or(() -> path(env, "HOME").map(home -> home.resolve(".cache/huggingface")))
        .map(home -> home.resolve("token"));
  }

  private static Optional<Path> path(Map<String, String> env, String variable) {
    String value = env.getOrDefault(variable, "");
    if (value.equals("~") || value.startsWith("~/")) {
      value = env.getOrDefault("HOME", "") + value.substring(1);
    }
    return value.isBlank() ? Optional.empty() : Optional.of(Path.of(value));
  }

  /** The value of the {@code Authorization} header. */
  String header() {
    return "Bearer " + secret;
  }

  @Override
  public String toString() {
    return "a token that is not shown";
  }
}
