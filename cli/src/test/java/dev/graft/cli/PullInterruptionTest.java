package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.graft.files.Digests;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that pulls and dies. */
@Timeout(120)
class PullInterruptionTest {
  private static final String FILE = "model.safetensors";
  private static final byte[] CONTENT = new byte[400_000];
  private static final int FIRST_BYTES = 250_000;

  @TempDir Path folder;
  private final CountDownLatch dead = new CountDownLatch(1);

  static {
    new Random(5).nextBytes(CONTENT);
  }

  @Test
  void theNextProcessGoesOnWhereOneWasKilled() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
    try {
      String endpoint = "http://127.0.0.1:%d".formatted(server.getAddress().getPort());
      Path target = folder.resolve("b");

      Process first = graft("pull", "a/b", "-o", target.toString(), "--endpoint", endpoint);
      waitFor(folder.resolve(".b.part/parts/" + FILE + ".part"));
      first.destroyForcibly().waitFor();
      dead.countDown();
      assertFalse(Files.exists(target));
      JsonNode answer =
          Run.of("pull", "a/b", "-o", target, "--endpoint", endpoint, "--json")
              .expect(ExitCode.OK)
              .json();

      assertArrayEquals(CONTENT, Files.readAllBytes(target.resolve(FILE)));
      long kept = answer.path("keptBytes").asLong();
      assertTrue(kept > 0, answer::toString);
      assertEquals(CONTENT.length - kept, answer.path("transferredBytes").asLong());
      assertFalse(Files.exists(folder.resolve(".b.part")));
    } finally {
      dead.countDown();
      server.stop(0);
      threads.shutdownNow();
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String range = exchange.getRequestHeaders().getFirst("Range");
      exchange.getResponseHeaders().set("ETag", "\"weights\"");
      if (exchange.getRequestURI().getPath().startsWith("/api/")) {
        byte[] listing = listing().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, listing.length);
        exchange.getResponseBody().write(listing);
      } else if (range == null) {
        exchange.sendResponseHeaders(200, CONTENT.length);
        exchange.getResponseBody().write(CONTENT, 0, FIRST_BYTES);
        exchange.getResponseBody().flush();
        awaitDeath();
      } else {
        int from = Integer.parseInt(range.replaceAll("[^0-9]", ""));
        exchange
            .getResponseHeaders()
            .set(
                "Content-Range",
                "bytes %d-%d/%d".formatted(from, CONTENT.length - 1, CONTENT.length));
        exchange.sendResponseHeaders(206, CONTENT.length - from);
        exchange.getResponseBody().write(Arrays.copyOfRange(CONTENT, from, CONTENT.length));
      }
    }
  }

  private void awaitDeath() {
    try {
      assertTrue(dead.await(100, TimeUnit.SECONDS), "the process lives");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String listing() {
    String sha = HexFormat.of().formatHex(Digests.sha256().digest(CONTENT));
    return """
        {"sha": "%s", "siblings": [
          {"rfilename": "%s", "size": %d, "lfs": {"sha256": "%s", "size": %d}}]}
        """
        .formatted("c".repeat(40), FILE, CONTENT.length, sha, CONTENT.length);
  }

  private static void waitFor(Path part) throws Exception {
    while (!Files.exists(part) || Files.size(part) == 0) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private static Process graft(String... args) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.graft.cli.Main"));
    command.addAll(Arrays.asList(args));
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
