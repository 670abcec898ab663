package dev.graft.hub;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;

/** Scheme, host and port of an address: what decides who may see a token. */
record Origin(String scheme, String host, int port) {
  private static final Pattern LOOPBACK_V4 =
      Pattern.compile("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");

  static Origin of(URI address) {
    String scheme = address.getScheme().toLowerCase(Locale.ROOT);
    int port = address.getPort();
    if (port < 0) {
      port = scheme.equals("https") ? 443 : 80;
    }
    return new Origin(scheme, address.getHost().toLowerCase(Locale.ROOT), port);
  }

  static boolean isHttp(URI address) {
    String scheme = address.getScheme() == null ? "" : address.getScheme();
    return (scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))
        && address.getHost() != null;
  }

  /** Whether what is sent there does not leave this machine. */
  static boolean isLoopback(URI address) {
    String host = of(address).host();
    return host.equals("localhost") || host.equals("[::1]") || LOOPBACK_V4.matcher(host).matches();
  }

  boolean isSecure() {
    return scheme.equals("https");
  }

  @Override
  public String toString() {
    return "%s://%s:%d".formatted(scheme, host, port);
  }
}
