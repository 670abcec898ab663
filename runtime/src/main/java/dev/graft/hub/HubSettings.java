package dev.graft.hub;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which Hub is asked, and as whom.
 *
 * @param endpoint its address, without a slash at the end
 * @param token what it knows us by, if anything
 * @param offline whether the network must not be used
 */
public record HubSettings(URI endpoint, Optional<HubToken> token, boolean offline) {
  /** The Hub itself. */
  public static final String DEFAULT_ENDPOINT = "https://huggingface.co";

  private static final Set<String> TRUE = Set.of("1", "on", "yes", "true");

  /**
   * Checks the endpoint.
   *
   * @throws IllegalArgumentException if it is no http address, or a token would travel in clear
   */
  public HubSettings {
    endpoint = checked(endpoint);
    if (token.isPresent() && endpoint.getScheme().equals("http") && !Origin.isLoopback(endpoint)) {
      throw new IllegalArgumentException(
          "endpoint '%s' has no TLS and would get the token in clear; use https, or unset HF_TOKEN"
              .formatted(endpoint));
    }
  }

  /**
   * What the environment says: {@code HF_ENDPOINT}, {@code HF_TOKEN} or the token file, {@code
   * HF_HUB_OFFLINE}.
   *
   * @param endpoint wins over the environment's
   */
  public static HubSettings of(Map<String, String> env, Optional<String> endpoint)
      throws IOException {
    String fromEnv = env.getOrDefault("HF_ENDPOINT", "").strip();
    String address = endpoint.orElse(fromEnv.isEmpty() ? DEFAULT_ENDPOINT : fromEnv);
    String offline = env.getOrDefault("HF_HUB_OFFLINE", "").strip().toLowerCase(Locale.ROOT);
    return new HubSettings(parse(address), HubToken.find(env), TRUE.contains(offline));
  }

  /** An address that may have a password in it is not repeated, nor is its cause. */
  private static URI parse(String text) {
    try {
      return new URI(text.strip());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "endpoint %sis no address; give one such as %s"
              .formatted(text.contains("@") ? "" : "'%s' ".formatted(text), DEFAULT_ENDPOINT));
    }
  }

  private static URI checked(URI endpoint) {
    boolean usable =
        Origin.isHttp(endpoint)
            && endpoint.getRawUserInfo() == null
            && endpoint.getRawQuery() == null
            && endpoint.getRawFragment() == null;
    if (!usable) {
      String shown = endpoint.getRawUserInfo() == null ? "'%s' ".formatted(endpoint) : "";
      throw new IllegalArgumentException(
          "endpoint %smust be http(s)://HOST[:PORT][/PATH] and nothing more; give one such as %s"
              .formatted(shown, DEFAULT_ENDPOINT));
    }
    String text = endpoint.toString();
    while (text.endsWith("/")) {
      text = text.substring(0, text.length() - 1);
    }
    String scheme = endpoint.getScheme();
    return URI.create(scheme.toLowerCase(Locale.ROOT) + text.substring(scheme.length()));
  }
}
