package dev.graft.hub;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HubPullTest {
  private static final String WEIGHTS = "model.safetensors";

  @TempDir Path folder;
  private LocalHub hub;
  private Path target;

  @BeforeEach
  void start() throws IOException {
    hub = Pulls.tinyModel();
    target = folder.resolve("tiny");
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void pullsWhatGraftCanUseAndNoProgram() throws Exception {
    PullReport report = Pulls.pull(hub, target);

    assertEquals(
        Set.of("README.md", "config.json", WEIGHTS, "onnx/model.onnx", "tokenizer.json"),
        Pulls.content(target).keySet());
    assertArrayEquals(Pulls.weights(), Files.readAllBytes(target.resolve(WEIGHTS)));
    assertEquals(0, report.retries());
    assertEquals(List.of("tiny"), Pulls.listing(folder), "nothing but the folder is left");
  }

  @Test
  void sendsTheTokenToTheEndpointAndNeverToTheStorage() throws Exception {
    hub.needsToken();
    HubClient client = Pulls.client(hub, Optional.of(LocalHub.TOKEN));

    client.pull(Pulls.find(client), target, PullListener.SILENT);

    List<LocalHub.Request> storage =
        hub.requests().stream().filter(LocalHub.Request::toStorage).toList();
    assertEquals(3, storage.size());
    for (LocalHub.Request request : hub.requests()) {
      String expected = request.toStorage() ? "" : "Bearer " + LocalHub.TOKEN;
      assertEquals(expected, request.authorization(), request.path());
    }
  }

  @Test
  void goesOnWhereTheConnectionBroke() throws Exception {
    hub.next(WEIGHTS, LocalHub.breaksAfter(100_000));
    List<String> notes = new ArrayList<>();
    HubClient client = Pulls.client(hub);

    PullReport report = client.pull(Pulls.find(client), target, collecting(notes));

    assertArrayEquals(Pulls.weights(), Files.readAllBytes(target.resolve(WEIGHTS)));
    assertEquals(1, report.retries());
    assertEquals(1, notes.size());
    assertTrue(notes.get(0).startsWith(WEIGHTS + ": "), notes::toString);
    List<String> ranges = storageRanges();
    assertEquals(2, ranges.size());
    assertTrue(ranges.get(1).matches("bytes=[1-9][0-9]*-"), ranges::toString);
    assertTrue(report.transferredBytes() < 2L * Pulls.WEIGHT_BYTES);
  }

  private List<String> storageRanges() {
    return hub.requestsOf(WEIGHTS).stream()
        .filter(LocalHub.Request::toStorage)
        .map(LocalHub.Request::range)
        .toList();
  }

  @Test
  void anInterruptedPullGoesOnToTheIdenticalFolder() throws Exception {
    interruptAt(100_000);

    assertEquals(List.of(".tiny.part"), Pulls.listing(folder), "the target is not there yet");
    PullReport report = Pulls.pull(hub, target);

    assertTrue(report.keptBytes() >= 50_000, report::toString);
    assertTrue(report.transferredBytes() < Pulls.WEIGHT_BYTES, report::toString);
    Path whole = folder.resolve("whole");
    Pulls.pull(hub, whole);
    assertEquals(Pulls.content(whole), Pulls.content(target));
    assertEquals(List.of("tiny", "whole"), Pulls.listing(folder));
  }

  /** Leaves a part behind: the first answer breaks off, the others until the end are refusals. */
  private void interruptAt(int bytes) {
    hub.next(WEIGHTS, LocalHub.breaksAfter(bytes));
    IntStream.range(0, Pulls.QUICK.tries() - 1)
        .forEach(i -> hub.next(WEIGHTS, (exchange, all) -> LocalHub.status(exchange, 503)));
    String message = refusal(HubException.class, () -> Pulls.pull(hub, target));
    assertTrue(message.contains("answered with status 503 (4 tries)"), message);
  }

  @Test
  void beginsAnewWhereTheStorageHasAnotherCopy() throws Exception {
    interruptAt(100_000);
    hub.changesTags();

    Pulls.pull(hub, target);

    assertArrayEquals(Pulls.weights(), Files.readAllBytes(target.resolve(WEIGHTS)));
  }

  @Test
  void beginsAnewWhereTheServerKnowsNoRanges() throws Exception {
    interruptAt(100_000);
    hub.ignoresRanges();

    PullReport report = Pulls.pull(hub, target);

    assertArrayEquals(Pulls.weights(), Files.readAllBytes(target.resolve(WEIGHTS)));
    assertTrue(report.transferredBytes() >= Pulls.WEIGHT_BYTES, report::toString);
  }

  @Test
  void doesNotTrustWhatLiesInThePart() throws Exception {
    interruptAt(100_000);
    Path part = folder.resolve(".tiny.part/parts/" + WEIGHTS + ".part");
    byte[] bytes = Files.readAllBytes(part);
    bytes[10] ^= 1;
    Files.write(part, bytes);

    PullReport report = Pulls.pull(hub, target);

    assertArrayEquals(Pulls.weights(), Files.readAllBytes(target.resolve(WEIGHTS)));
    assertEquals(1, report.retries());
  }

  @Test
  void dropsThePartOfAFileThatHasChanged() throws Exception {
    interruptAt(100_000);
    byte[] other = new byte[5];
    hub.large(WEIGHTS, other);

    PullReport report = Pulls.pull(hub, target);

    assertArrayEquals(other, Files.readAllBytes(target.resolve(WEIGHTS)));
    assertEquals(0, report.retries());
  }

  @Test
  void doesNotInstallWhatAnotherPullHasLeft() throws Exception {
    interruptAt(100_000);

    Pulls.pull(hub, target, "config.json");

    assertEquals(Set.of("config.json"), Pulls.content(target).keySet());
    assertEquals(List.of("tiny"), Pulls.listing(folder));
  }

  @Test
  void refusesWrongBytesAndMakesNothing() throws Exception {
    byte[] wrong = Pulls.weights();
    wrong[wrong.length / 2] ^= 1;
    hub.next(WEIGHTS, (exchange, all) -> LocalHub.send(exchange, 200, wrong));

    String message = refusal(HubException.Corrupt.class, () -> Pulls.pull(hub, target));

    assertTrue(
        message.startsWith(
            "'model.safetensors' has digest sha256:%s, the listing of 'graft/tiny' says sha256:%s"
                .formatted(LocalHub.sha256(wrong), LocalHub.sha256(Pulls.weights()))),
        message);
    assertFalse(Files.exists(target));
  }

  @Test
  void refusesAFileOfAnotherLength() {
    byte[] longer = Arrays.copyOf(Pulls.weights(), Pulls.WEIGHT_BYTES + 1);
    hub.next(WEIGHTS, (exchange, all) -> LocalHub.send(exchange, 200, longer));

    String message = refusal(HubException.Corrupt.class, () -> Pulls.pull(hub, target));

    assertTrue(message.contains("has 300001 bytes at the server"), message);
  }

  @Test
  void refusesABodyWithoutEnd() throws Exception {
    hub.next(
        WEIGHTS,
        (exchange, all) -> {
          exchange.sendResponseHeaders(200, 0); // chunked
          for (int i = 0; i < 1000; i++) {
            exchange.getResponseBody().write(all);
          }
        });

    String message = refusal(HubException.Corrupt.class, () -> Pulls.pull(hub, target));

    assertTrue(message.contains("has more bytes than the 300000"), message);
    Path part = folder.resolve(".tiny.part/parts/" + WEIGHTS + ".part");
    assertTrue(Files.size(part) <= Pulls.WEIGHT_BYTES);
  }

  @Test
  void waitsAsLongAsTheServerAsks() throws Exception {
    hub.next("config.json", LocalHub.says(429, "Retry-After", "1"));
    long start = System.nanoTime();

    PullReport report = Pulls.pull(hub, target);

    assertEquals(1, report.retries());
    assertTrue(System.nanoTime() - start >= 1_000_000_000L, "it did not wait");
  }

  @Test
  void doesNotWaitForHours() {
    hub.next("config.json", LocalHub.says(429, "Retry-After", "7200"));

    String message = refusal(HubException.class, () -> Pulls.pull(hub, target));

    assertTrue(message.contains("asks to wait 7200 s"), message);
  }

  @Test
  void asksForTheListingAgainWhenTheServerIsBusy() throws Exception {
    hub.next("", (exchange, all) -> LocalHub.status(exchange, 502));

    assertEquals(LocalHub.COMMIT, Pulls.find(hub).commit());
  }

  @Test
  void asksAgainForAnAddressWhoseSignatureHasExpired() throws Exception {
    hub.next(WEIGHTS, (exchange, all) -> LocalHub.status(exchange, 403));

    assertEquals(1, Pulls.pull(hub, target).retries());
  }

  @Test
  void doesNotWaitForAConnectionThatHasGoneSilent() throws Exception {
    hub.next(
        WEIGHTS,
        (exchange, all) -> {
          LocalHub.breaksAfter(1000).answer(exchange, all);
          pause(3000);
        });

    PullReport report = Pulls.pull(hub, target);

    assertEquals(1, report.retries());
    assertArrayEquals(Pulls.weights(), Files.readAllBytes(target.resolve(WEIGHTS)));
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void readsDigestsFromHeadersWhereTheListingHasNone() throws Exception {
    hub.listsNoDigests();

    HubModel model = Pulls.find(hub);
    Pulls.client(hub).pull(model, target, PullListener.SILENT);

    assertEquals(
        List.of("git-sha1", "git-sha1", "sha256", "sha256", "sha256"),
        model.files().stream()
            .map(file -> file.digest().toString().replaceFirst(":.*", ""))
            .sorted()
            .toList());
    assertArrayEquals(Pulls.weights(), Files.readAllBytes(target.resolve(WEIGHTS)));
  }

  @Test
  void pullsAnEmptyFile() throws Exception {
    hub.small("README.md", "");

    Pulls.pull(hub, target);

    assertEquals(0, Files.size(target.resolve("README.md")));
  }

  @Test
  void leavesAnExistingFolderAlone() throws Exception {
    Files.createDirectory(target);

    assertThrows(FileAlreadyExistsException.class, () -> Pulls.pull(hub, target));

    assertEquals(List.of("tiny"), Pulls.listing(folder));
    assertEquals(List.of(), Pulls.listing(target));
  }

  @Test
  void keepsOutOfAnotherPullsFolder() throws Exception {
    try (Staging other = Staging.open(target)) {
      String message = refusal(HubException.class, () -> Pulls.pull(hub, target));

      assertTrue(message.contains("another process is pulling into"), message);
      assertTrue(Files.isDirectory(other.root()));
    }
    Pulls.pull(hub, target);
  }

  @Test
  void countsEveryByteOnce() throws Exception {
    hub.next(WEIGHTS, LocalHub.breaksAfter(100_000));
    List<Long> seen = new ArrayList<>();
    HubClient client = Pulls.client(hub);
    HubModel model = Pulls.find(client);

    client.pull(
        model,
        target,
        new PullListener() {
          @Override
          public void onBytes(long done, long total) {
            assertEquals(model.sizeBytes(), total);
            seen.add(done);
          }

          @Override
          public void onNote(String text) {}
        });

    assertEquals(model.sizeBytes(), seen.get(seen.size() - 1));
    assertTrue(seen.stream().allMatch(done -> done <= model.sizeBytes()), seen::toString);
  }

  private static PullListener collecting(List<String> notes) {
    return new PullListener() {
      @Override
      public void onBytes(long done, long total) {}

      @Override
      public void onNote(String text) {
        notes.add(text);
      }
    };
  }
}
