package dev.graft.hub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLHandshakeException;

/**
 * Requests to the endpoint, with the redirects it answers. The token is in requests to the
 * endpoint's own origin and in no other. Safe for several threads.
 */
final class HubHttp {
  private static final int MAX_REDIRECTS = 8;
  private static final int MAX_SMALL_BYTES = 32 << 20;
  private static final int MAX_IGNORED_BYTES = 1 << 20;
  private static final long POLL_MILLIS = 50;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private final HubSettings settings;
  private final Duration silence;
  private final HttpClient client;

  HubHttp(HubSettings settings, Duration silence) {
    this.settings = settings;
    this.silence = silence;
    // Version 1.1, so that several downloads are several connections.
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(silence)
            .build();
  }

  /** Decides by status and headers who takes the body of a good answer. */
  interface Receiver<T> {
    BodySink.Target<T> receive(int status, HttpHeaders headers) throws IOException;
  }

  /**
   * The answer that no redirect follows.
   *
   * @param first the headers of the endpoint's own answer, before any redirect
   * @param body what the receiver made of it; absent where the status is not 200 or 206
   */
  record Answer<T>(
      int status, HttpHeaders headers, HttpHeaders first, URI address, Optional<T> body) {}

  /** The address of something at the endpoint; each part is escaped. */
  URI address(String query, String... parts) {
    StringBuilder text = new StringBuilder(settings.endpoint().toString());
    for (String part : parts) {
      text.append('/').append(escaped(part));
    }
    return URI.create(text + (query.isEmpty() ? "" : "?" + query));
  }

  /** All but letters, digits and {@code -._~} as percent signs and digits. */
  static String escaped(String text) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || "-._~".indexOf(b) >= 0;
      out.append(plain ? String.valueOf((char) b) : "%%%02X".formatted(b & 0xff));
    }
    return out.toString();
  }

  /** A small answer as a whole. */
  Answer<byte[]> small(URI address) throws IOException {
    return exchange("GET", address, Map.of(), (status, headers) -> new Collected(MAX_SMALL_BYTES));
  }

  /** The headers alone, without following the endpoint to another host. */
  Answer<byte[]> head(URI address) throws IOException {
    return exchange("HEAD", address, Map.of(), (status, headers) -> new Collected(0));
  }

  /** A body of any length. */
  <T> Answer<T> get(URI address, Map<String, String> headers, Receiver<T> receiver)
      throws IOException {
    return exchange("GET", address, headers, receiver);
  }

  private <T> Answer<T> exchange(
      String method, URI start, Map<String, String> headers, Receiver<T> receiver)
      throws IOException {
    URI address = start;
    Optional<HttpHeaders> first = Optional.empty();
    for (int hops = 0; hops <= MAX_REDIRECTS; hops++) {
      HttpResponse<Optional<T>> response = send(request(method, address, headers), receiver);
      HttpHeaders own = first.orElse(response.headers());
      first = Optional.of(own);
      Optional<URI> next = redirect(address, response);
      boolean leaves = method.equals("HEAD") && !next.map(this::isEndpoint).orElse(true);
      if (next.isEmpty() || leaves) {
        return new Answer<>(
            response.statusCode(), response.headers(), own, address, response.body());
      }
      address = next.get();
    }
    throw new HubException(
        "'%s' was redirected more than %d times; check the endpoint and the proxy"
            .formatted(shown(start), MAX_REDIRECTS));
  }

  private HttpRequest request(String method, URI address, Map<String, String> headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .method(method, BodyPublishers.noBody())
            .header("User-Agent", "graft")
            .header("Accept-Encoding", "identity");
    headers.forEach(request::header);
    if (isEndpoint(address)) {
      settings.token().ifPresent(token -> request.header("Authorization", token.header()));
    }
    return request.build();
  }

  /** Whether an address is of the endpoint's own origin. */
  boolean isEndpoint(URI address) {
    return Origin.of(address).equals(Origin.of(settings.endpoint()));
  }

  private Optional<URI> redirect(URI from, HttpResponse<?> response) throws HubException {
    if (!REDIRECTS.contains(response.statusCode())) {
      return Optional.empty();
    }
    String location = response.headers().firstValue("Location").orElse("");
    URI to = resolved(from, location);
    if (Origin.of(from).isSecure() && !Origin.of(to).isSecure()) {
      throw new HubException.Malformed(
          "'%s' redirects to '%s', which has no TLS; use another endpoint"
              .formatted(shown(from), shown(to)));
    }
    return Optional.of(to);
  }

  private static URI resolved(URI from, String location) throws HubException {
    try {
      URI to = from.resolve(new URI(location));
      if (!location.isEmpty() && Origin.isHttp(to) && to.getRawUserInfo() == null) {
        return to;
      }
    } catch (URISyntaxException e) {
      // Told below, with what else is no address.
    }
    throw new HubException.Malformed(
        "'%s' redirects to no usable address; use another endpoint".formatted(shown(from)));
  }

  /** An address for a message: signed addresses carry secrets in their query. */
  static String shown(URI address) {
    return FileNames.shown(Origin.of(address) + address.getRawPath());
  }

  private <T> HttpResponse<Optional<T>> send(HttpRequest request, Receiver<T> receiver)
      throws IOException {
    AtomicLong life = new AtomicLong(System.nanoTime());
    Runnable onLife = () -> life.set(System.nanoTime());
    CompletableFuture<HttpResponse<Optional<T>>> response =
        client.sendAsync(request, info -> sink(info, receiver, onLife));
    try {
      while (true) {
        try {
          return response.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          if (System.nanoTime() - life.get() > silence.toNanos()) {
            throw new HubException.Passing(
                "%s has been silent for %d s"
                    .formatted(Origin.of(request.uri()), silence.toSeconds()),
                null);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while downloading");
    } catch (ExecutionException e) {
      throw failure(request.uri(), e);
    } finally {
      response.cancel(true);
    }
  }

  private static <T> HttpResponse.BodySubscriber<Optional<T>> sink(
      ResponseInfo info, Receiver<T> receiver, Runnable onLife) {
    int status = info.statusCode();
    if (status != 200 && status != 206) {
      return HttpResponse.BodySubscribers.mapping(
          new BodySink<>(new Collected(MAX_IGNORED_BYTES), onLife), ignored -> Optional.empty());
    }
    return HttpResponse.BodySubscribers.mapping(
        new BodySink<>(target(info, receiver), onLife), Optional::of);
  }

  private static <T> BodySink.Target<T> target(ResponseInfo info, Receiver<T> receiver) {
    try {
      String encoding = info.headers().firstValue("Content-Encoding").orElse("identity");
      if (!encoding.toLowerCase(Locale.ROOT).equals("identity")) {
        throw new HubException.Malformed(
            "the answer is compressed (%s) though that was not asked for; use another endpoint"
                .formatted(FileNames.shown(encoding)));
      }
      return receiver.receive(info.statusCode(), info.headers());
    } catch (IOException e) {
      return new Refused<>(e);
    } catch (RuntimeException e) {
      return new Refused<>(new HubException("the answer cannot be read: " + e.getMessage(), e));
    }
  }

  private static IOException failure(URI address, ExecutionException e) {
    Throwable cause = e;
    while ((cause instanceof ExecutionException || cause instanceof CompletionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof UncheckedIOException && cause.getCause() instanceof IOException local) {
      return DiskFailure.of(local);
    }
    if (cause instanceof ConnectException) {
      return new HubException.Passing("no connection to %s".formatted(Origin.of(address)), null);
    }
    if (cause instanceof SSLHandshakeException) {
      return new HubException(
          "no trusted connection to %s (%s); check the endpoint, and the certificates of this Java"
              .formatted(Origin.of(address), cause.getMessage()),
          cause);
    }
    if (cause instanceof IOException io) {
      return io;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    return new HubException("the answer cannot be read: " + cause.getMessage(), cause);
  }

  /** Takes no body, for a reason. */
  private record Refused<T>(IOException why) implements BodySink.Target<T> {
    @Override
    public void take(ByteBuffer chunk) throws IOException {
      throw why;
    }

    @Override
    public T finish() throws IOException {
      throw why;
    }
  }

  /** A body in memory, up to a limit. */
  private static final class Collected implements BodySink.Target<byte[]> {
    private final int limit;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Collected(int limit) {
      this.limit = limit;
    }

    @Override
    public void take(ByteBuffer chunk) throws IOException {
      if (chunk.remaining() > limit - bytes.size()) {
        throw new HubException.Malformed(
            "the answer has more than %d bytes; check that the endpoint is a Hub".formatted(limit));
      }
      byte[] copy = new byte[chunk.remaining()];
      chunk.get(copy);
      bytes.writeBytes(copy);
    }

    @Override
    public byte[] finish() {
      return bytes.toByteArray();
    }
  }
}
