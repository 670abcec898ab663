package dev.graft.hub;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * A Hub on the loopback interface: the API and small files at one port, large files behind a
 * redirect to another. Misbehaves where a test asks for it.
 */
final class LocalHub implements AutoCloseable {
  static final String ID = "graft/tiny";
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  static final String TOKEN = "hf_local-test-token";

  /** A request as it came. */
  record Request(
      boolean toStorage, String method, String path, String authorization, String range) {}

  /** Answers once in place of the usual answer. */
  interface Fault {
    void answer(HttpExchange exchange, byte[] content) throws IOException;
  }

  private static final class Content {
    private final byte[] bytes;
    private final boolean large;

    Content(byte[] bytes, boolean large) {
      this.bytes = bytes;
      this.large = large;
    }

    byte[] bytes() {
      return bytes;
    }

    boolean large() {
      return large;
    }
  }

  private final HttpServer hub = server();
  private final HttpServer storage = server();
  private final ExecutorService threads = Executors.newFixedThreadPool(12);
  private final Map<String, Content> files = new TreeMap<>();
  private final Map<String, Queue<Fault>> faults = new ConcurrentHashMap<>();
  private final Queue<Request> requests = new ConcurrentLinkedQueue<>();
  private volatile Optional<String> listing = Optional.empty();
  private volatile boolean needsToken;
  private volatile boolean digestsListed = true;
  private volatile boolean ranges = true;
  private volatile String tagSalt = "";

  LocalHub() throws IOException {
    hub.createContext("/", exchange -> answer(exchange, false));
    storage.createContext("/", exchange -> answer(exchange, true));
    for (HttpServer server : List.of(hub, storage)) {
      server.setExecutor(threads);
      server.start();
    }
  }

  private static HttpServer server() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:%d".formatted(hub.getAddress().getPort()));
  }

  private URI storageAddress() {
    return URI.create("http://127.0.0.1:%d".formatted(storage.getAddress().getPort()));
  }

  /** A file in git. */
  LocalHub small(String name, String text) {
    files.put(name, new Content(text.getBytes(StandardCharsets.UTF_8), false));
    return this;
  }

  /** A file in the storage. */
  LocalHub large(String name, byte[] bytes) {
    files.put(name, new Content(bytes, true));
    return this;
  }

  /** The next answer about a file is this one; {@code ""} is the listing. */
  LocalHub next(String name, Fault fault) {
    faults.computeIfAbsent(name, n -> new ConcurrentLinkedQueue<>()).add(fault);
    return this;
  }

  /** The listing is this text. */
  LocalHub listing(String text) {
    listing = Optional.of(text);
    return this;
  }

  LocalHub needsToken() {
    needsToken = true;
    return this;
  }

  LocalHub listsNoDigests() {
    digestsListed = false;
    return this;
  }

  LocalHub ignoresRanges() {
    ranges = false;
    return this;
  }

  /** The storage's tags are others from now on. */
  LocalHub changesTags() {
    tagSalt = "other";
    return this;
  }

  List<Request> requests() {
    return List.copyOf(requests);
  }

  /** Requests for a file's content. */
  List<Request> requestsOf(String name) {
    return requests().stream().filter(r -> r.path().endsWith("/" + name)).toList();
  }

  private void answer(HttpExchange exchange, boolean toStorage) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      requests.add(
          new Request(
              toStorage,
              exchange.getRequestMethod(),
              path,
              header(exchange, "Authorization"),
              header(exchange, "Range")));
      if (toStorage) {
        content(exchange, path.substring(1));
      } else if (needsToken && !header(exchange, "Authorization").equals("Bearer " + TOKEN)) {
        exchange.getResponseHeaders().set("X-Error-Code", "GatedRepo");
        status(exchange, 401);
      } else if (path.startsWith("/api/models")) {
        api(exchange, path);
      } else {
        resolve(exchange, path);
      }
    }
  }

  private void api(HttpExchange exchange, String path) throws IOException {
    if (path.equals("/api/models")) {
      json(exchange, "[{\"id\": \"graft/tiny\"}, {\"id\": \"graft/other\"}]");
    } else if (path.equals("/api/models/" + ID + "/refs")) {
      json(exchange, "{\"branches\": [{\"name\": \"main\"}], \"tags\": [{\"name\": \"v1.0\"}]}");
    } else if (!path.startsWith("/api/models/" + ID + "/revision/")) {
      exchange.getResponseHeaders().set("X-Error-Code", "RepoNotFound");
      status(exchange, 404);
    } else if (!path.endsWith("/main")) {
      exchange.getResponseHeaders().set("X-Error-Code", "RevisionNotFound");
      status(exchange, 404);
    } else {
      byte[] text = listing.orElseGet(this::ownListing).getBytes(StandardCharsets.UTF_8);
      Fault fault = fault("");
      if (fault == null) {
        send(exchange, 200, text);
      } else {
        fault.answer(exchange, text);
      }
    }
  }

  private String ownListing() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("id", ID).put("sha", COMMIT).put("private", false);
    ArrayNode siblings = root.putArray("siblings");
    files.forEach(
        (name, file) -> {
          ObjectNode sibling = siblings.addObject().put("rfilename", name);
          if (digestsListed) {
            sibling.put("size", file.bytes().length).put("blobId", gitBlob(file.bytes()));
          }
          if (digestsListed && file.large()) {
            sibling
                .putObject("lfs")
                .put("sha256", sha256(file.bytes()))
                .put("size", file.bytes().length)
                .put("pointerSize", 134);
          }
        });
    return root.toString();
  }

  private void resolve(HttpExchange exchange, String path) throws IOException {
    String start = "/%s/resolve/%s/".formatted(ID, COMMIT);
    Content file = path.startsWith(start) ? files.get(path.substring(start.length())) : null;
    if (file == null) {
      exchange.getResponseHeaders().set("X-Error-Code", "EntryNotFound");
      status(exchange, 404);
    } else if (file.large()) {
      String name = path.substring(start.length());
      exchange.getResponseHeaders().set("X-Linked-ETag", "\"%s\"".formatted(sha256(file.bytes())));
      exchange.getResponseHeaders().set("X-Linked-Size", "" + file.bytes().length);
      exchange
          .getResponseHeaders()
          .set("Location", "%s/%s?Signature=secret".formatted(storageAddress(), name));
      status(exchange, 302);
    } else {
      content(exchange, path.substring(start.length()));
    }
  }

  private void content(HttpExchange exchange, String name) throws IOException {
    Content file = files.get(name);
    if (file == null) {
      status(exchange, 404);
      return;
    }
    String tag = file.large() ? tagSalt + "storage" + file.bytes().length : gitBlob(file.bytes());
    exchange.getResponseHeaders().set("ETag", "\"%s\"".formatted(tag));
    Fault fault = fault(name);
    if (fault != null) {
      fault.answer(exchange, file.bytes());
      return;
    }
    String range = header(exchange, "Range");
    String condition = header(exchange, "If-Range");
    boolean same = condition.isEmpty() || condition.equals("\"%s\"".formatted(tag));
    if (ranges && range.startsWith("bytes=") && same) {
      int from = Integer.parseInt(range.replaceAll("[^0-9]", ""));
      int length = file.bytes().length;
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes %d-%d/%d".formatted(from, length - 1, length));
      send(exchange, 206, Arrays.copyOfRange(file.bytes(), from, length));
    } else {
      send(exchange, 200, file.bytes());
    }
  }

  private @Nullable Fault fault(String name) {
    Queue<Fault> queue = faults.get(name);
    return queue == null ? null : queue.poll();
  }

  private static String header(HttpExchange exchange, String name) {
    String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private static void json(HttpExchange exchange, String text) throws IOException {
    send(exchange, 200, text.getBytes(StandardCharsets.UTF_8));
  }

  static void status(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, -1);
  }

  static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", "" + bytes.length);
      status(exchange, status);
      return;
    }
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /** Breaks the connection after so many bytes of the whole. */
  static Fault breaksAfter(int bytes) {
    return (exchange, content) -> {
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content, 0, bytes);
      exchange.getResponseBody().flush();
    };
  }

  /** A status and a header. */
  static Fault says(int status, String header, String value) {
    return (exchange, content) -> {
      exchange.getResponseHeaders().set(header, value);
      status(exchange, status);
    };
  }

  static String sha256(byte[] bytes) {
    return hex("SHA-256", bytes);
  }

  static String gitBlob(byte[] bytes) {
    byte[] header = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(header, header.length + bytes.length);
    System.arraycopy(bytes, 0, all, header.length, bytes.length);
    return hex("SHA-1", all);
  }

  private static String hex(String algorithm, byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    if (threads.isShutdown()) {
      return;
    }
    hub.stop(0);
    storage.stop(0);
    threads.shutdownNow();
  }
}
