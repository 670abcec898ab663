package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code graft pull} against a Hub on this machine. */
@Timeout(60)
class PullTest {
  private static final String COMMIT = "c".repeat(40);

  /** The git blob of {@code {}} and a line break. */
  private static final String BLOB = "0967ef424bce6791893e9a57bb952f80fd536e93";

  private static final String LISTING =
      """
      {"sha": "%s", "siblings": [
        {"rfilename": "config.json", "size": 3, "blobId": "%s"},
        {"rfilename": "evil.py", "size": 3, "blobId": "%s"}]}
      """
          .formatted(COMMIT, BLOB, BLOB);

  @TempDir Path folder;
  private HttpServer server = serverOnLoopback();
  private volatile String content = "{}\n";

  private static HttpServer serverOnLoopback() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @BeforeEach
  void start() {
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      if (path.equals("/api/models/a/b/revision/main")) {
        send(exchange, LISTING);
      } else if (path.equals("/a/b/resolve/%s/config.json".formatted(COMMIT))) {
        send(exchange, content);
      } else if (path.startsWith("/api/models/gated/")) {
        exchange.getResponseHeaders().set("X-Error-Code", "GatedRepo");
        exchange.sendResponseHeaders(401, -1);
      } else {
        exchange.sendResponseHeaders(404, -1);
      }
    }
  }

  private static void send(HttpExchange exchange, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private String endpoint() {
    return "http://127.0.0.1:%d".formatted(server.getAddress().getPort());
  }

  @Test
  void pullsAModel() throws Exception {
    Run run =
        Run.with(Map.of("HF_ENDPOINT", endpoint()), "", "pull", "a/b", "-o", folder.resolve("b"))
            .expect(ExitCode.OK);

    assertEquals("{}\n", Files.readString(folder.resolve("b/config.json")));
    assertFalse(Files.exists(folder.resolve("b/evil.py")));
    assertTrue(run.out().contains("every digest checked"), run::out);
  }

  @Test
  void answersAsJson() {
    JsonNode answer =
        Run.of("pull", "a/b", "-o", folder.resolve("b"), "--endpoint", endpoint(), "--json")
            .expect(ExitCode.OK)
            .json();

    assertEquals(COMMIT, answer.path("commit").asText());
    assertEquals("git-sha1:" + BLOB, answer.path("files").get(0).path("digest").asText());
    assertEquals(1, answer.path("leftOut").asInt());
    assertEquals(3, answer.path("transferredBytes").asInt());
  }

  @Test
  void onlyLooksWithDryRun() throws Exception {
    Run run = Run.of("pull", "a/b", "--endpoint", endpoint(), "--dry-run").expect(ExitCode.OK);

    assertTrue(run.out().contains("config.json"), run::out);
    assertTrue(run.out().contains("1 files, 3 B"), run::out);
    try (Stream<Path> made = Files.list(folder)) {
      assertEquals(0, made.count());
    }
  }

  @Test
  void endsWithTheExitCodeOfWhatWentWrong() {
    Path target = folder.resolve("b");
    pull("a/b").failsWith(ExitCode.USAGE, "missing: -o DIR");
    pull("a b", "-o", target).failsWith(ExitCode.USAGE, "model id 'a b' is none of the Hub's");
    pull("a/b", "-o", folder).failsWith(ExitCode.CONFLICT, "exists already");
    pull("a/none", "-o", target).failsWith(ExitCode.NOT_FOUND, "has no model 'a/none'");
    pull("gated/x", "-o", target).failsWith(ExitCode.FORBIDDEN, "is gated and no token is set");
    content = "{ }";
    pull("a/b", "-o", target).failsWith(ExitCode.INTEGRITY, "'config.json' has digest git-sha1:");
    assertFalse(Files.exists(target));
  }

  @Test
  void refusesAnEndpointThatWouldSeeTheTokenInClear() {
    Run.with(
            Map.of("HF_TOKEN", "hf_secret"),
            "",
            "pull",
            "a/b",
            "--endpoint",
            "http://hub.test",
            "--dry-run")
        .failsWith(ExitCode.USAGE, "has no TLS");
  }

  @Test
  void staysOfflineWhenToldTo() {
    Run run = Run.with(Map.of("HF_HUB_OFFLINE", "1"), "", "pull", "a/b", "-o", folder.resolve("b"));

    run.failsWith(ExitCode.FAILURE, "HF_HUB_OFFLINE forbids");
  }

  private Run pull(Object... args) {
    Object[] all = new Object[args.length + 3];
    all[0] = "pull";
    System.arraycopy(args, 0, all, 1, args.length);
    all[args.length + 1] = "--endpoint";
    all[args.length + 2] = endpoint();
    return Run.of(all);
  }
}
