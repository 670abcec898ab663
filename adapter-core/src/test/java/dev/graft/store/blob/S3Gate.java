package dev.graft.store.blob;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Stands before the server and lets one request fail when its turn comes. */
public final class S3Gate implements AutoCloseable {
  /** In which way a request fails. */
  public enum Mode {
    /** The server says that it has failed. */
    STATUS_500,
    /** The server says that it has too much to do. */
    STATUS_503,
    /** The server says that it may not be asked this. */
    STATUS_403,
    /** The connection ends without an answer; the server has not heard of the request. */
    RESET,
    /** The server does what it was asked, and the connection ends in the middle of its answer. */
    CUT,
    /** There is no answer. */
    HANG
  }

  private static final Set<String> NOT_FORWARDED =
      Set.of("host", "connection", "content-length", "expect", "transfer-encoding", "upgrade");

  private final HttpClient client = HttpClient.newHttpClient();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final HttpServer gate;
  private final int target;
  private Mode mode = Mode.RESET;
  private int left;
  private boolean failed;

  static {
    // Otherwise each answer waits for the acknowledgement of its head.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /** A gate to the server. */
  public S3Gate(S3Server server) throws IOException {
    target = server.port();
    gate = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    gate.setExecutor(threads);
    gate.createContext("/", this::pass);
    gate.start();
  }

  /** Let the request of this number fail, 1 for the next; 0 for none. */
  public synchronized void failAt(int number, Mode how) {
    left = number;
    mode = how;
    failed = false;
  }

  /** Whether the request's turn has come. */
  public synchronized boolean hasFailed() {
    return failed;
  }

  private synchronized boolean isTurn() {
    left--;
    failed |= left == 0;
    return left == 0;
  }

  /**
   * The blobs behind this gate, by a client that tries so often and waits so long for an answer.
   */
  public BlobStore open(Bucket bucket, Path directory, int attempts, Duration silence)
      throws IOException {
    S3Limits limits =
        new S3Limits(
            attempts,
            Duration.ofSeconds(5),
            silence,
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            5 << 20);
    Path temporary = Files.createDirectories(directory.resolve("tmp"));
    S3Server.pointTo(gate.getAddress().getPort());
    try {
      return new CachedBlobStore(
          new S3BlobStore(S3Clients.open(bucket, limits), bucket, temporary, limits),
          Buckets.cacheIn(directory),
          Buckets.CACHE_BYTES);
    } finally {
      S3Server.pointTo(target);
    }
  }

  private void pass(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    Mode how = isTurn() ? mode : null;
    try (exchange) {
      if (how == null || how == Mode.CUT) {
        answer(exchange, forward(exchange, body), how != null);
      } else if (how == Mode.HANG) {
        closing.await();
      } else if (how != Mode.RESET) {
        refuse(exchange, Integer.parseInt(how.name().substring("STATUS_".length())));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private HttpResponse<byte[]> forward(HttpExchange exchange, byte[] body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:%d%s".formatted(target, exchange.getRequestURI())))
            .version(HttpClient.Version.HTTP_1_1)
            .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) -> {
              if (!NOT_FORWARDED.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
              }
            });
    return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static void answer(HttpExchange exchange, HttpResponse<byte[]> response, boolean cut)
      throws IOException {
    byte[] body = response.body();
    boolean bodiless = exchange.getRequestMethod().equals("HEAD");
    response
        .headers()
        .map()
        .forEach(
            (name, values) -> {
              if (bodiless || !NOT_FORWARDED.contains(name.toLowerCase(Locale.ROOT))) {
                exchange.getResponseHeaders().put(name, List.copyOf(values));
              }
            });
    if (cut && (bodiless || body.length == 0)) {
      return;
    }
    exchange.sendResponseHeaders(
        response.statusCode(), bodiless || body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      OutputStream out = exchange.getResponseBody();
      out.write(body, 0, cut ? body.length / 2 : body.length);
      out.flush();
    }
  }

  private static void refuse(HttpExchange exchange, int status) throws IOException {
    byte[] body =
        "<Error><Code>Test%d</Code><Message>a\nfault</Message></Error>"
            .formatted(status)
            .getBytes(StandardCharsets.UTF_8);
    boolean bodiless = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, bodiless ? -1 : body.length);
    if (!bodiless) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    closing.countDown();
    gate.stop(0);
    threads.shutdownNow();
  }
}
