package dev.graft.hub;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a pull says of a Hub that does not give, or that lies. */
@Timeout(60)
class HubRefusalTest {
  private static final String SHA = "a".repeat(64);

  @TempDir Path folder;
  private LocalHub hub;

  @BeforeEach
  void start() throws IOException {
    hub = Pulls.tinyModel();
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void saysHowToGetAGatedModel() {
    hub.needsToken();

    String message = refusal(HubException.Denied.class, () -> Pulls.find(hub));

    assertEquals(
        "model 'graft/tiny' is gated and no token is set; accept its conditions at %s/graft/tiny and set HF_TOKEN"
            .formatted(hub.endpoint()),
        message);
  }

  @Test
  void doesNotShowTheTokenThatIsNotGoodEnough() {
    hub.needsToken();
    HubClient client = Pulls.client(hub, Optional.of("hf_someone-elses"));

    String message = refusal(HubException.Denied.class, () -> Pulls.find(client));

    assertTrue(message.contains("the token's owner has no access"), message);
    assertFalse(message.contains("hf_someone"), message);
  }

  @Test
  void namesTheOwnersNearestModel() {
    String message =
        refusal(
            HubException.NotFound.class,
            () ->
                Pulls.client(hub)
                    .find(new HubId("graft/tyni"), "main", List.of(), PullListener.SILENT));

    assertTrue(message.endsWith("; did you mean \"graft/tiny\"?"), message);
  }

  @Test
  void namesTheNearestRevision() {
    String message =
        refusal(
            HubException.NotFound.class,
            () ->
                Pulls.client(hub)
                    .find(new HubId(LocalHub.ID), "v1.1", List.of(), PullListener.SILENT));

    assertEquals("model 'graft/tiny' has no revision 'v1.1'; did you mean \"v1.0\"?", message);
  }

  @Test
  void namesTheNearestFile() {
    String message =
        refusal(HubException.NotFound.class, () -> Pulls.find(hub, "model.safetensor"));

    assertTrue(message.endsWith("; did you mean \"model.safetensors\"?"), message);
  }

  @Test
  void neverTakesAPickleEvenWhenAskedTo() {
    String message = refusal(HubException.NotFound.class, () -> Pulls.find(hub, "*.bin"));

    assertTrue(message.contains("'pytorch_model.bin', which is never pulled"), message);
  }

  @Test
  void doesNotFollowRedirectsForEver() {
    for (int i = 0; i < 20; i++) {
      hub.next("config.json", LocalHub.says(302, "Location", "config.json"));
    }
    HubHttp http =
        new HubHttp(
            new HubSettings(hub.endpoint(), Optional.empty(), false), Pulls.QUICK.silence());
    URI file = http.address("", "graft", "tiny", "resolve", LocalHub.COMMIT, "config.json");

    String message = refusal(HubException.class, () -> http.small(file));

    assertTrue(message.contains("was redirected more than 8 times"), message);
    assertEquals(9, hub.requestsOf("config.json").size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:///etc/passwd", "ftp://127.0.0.1/x", "http://a:b@127.0.0.1/", ""})
  void refusesRedirectsToWhatIsNoWebAddress(String location) {
    hub.next("config.json", LocalHub.says(302, "Location", location));

    String message =
        refusal(HubException.Malformed.class, () -> Pulls.pull(hub, folder.resolve("t")));

    assertTrue(message.contains("redirects to no usable address"), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../config.json",
        "onnx/../../x.onnx",
        "/etc/x.onnx",
        "onnx//x.onnx",
        "./x.onnx",
        "..",
        ""
      })
  void refusesANameThatLeavesTheFolder(String name) {
    listing("{\"rfilename\": \"%s\", \"size\": 1, \"lfs\": {\"sha256\": \"%s\"}}", name, SHA);

    String message = refusal(HubException.Malformed.class, () -> Pulls.find(hub));

    assertTrue(message.contains("leaves the model's folder"), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a\\u0007b.onnx | has a control character",
        "a\\\\b.onnx     | has a control character, a backslash",
        "C:x.onnx        | has a control character, a backslash or a colon",
      })
  void refusesANameThatDoesNotShowWhatItIs(String name, String problem) {
    listing("{\"rfilename\": \"%s\", \"size\": 1, \"lfs\": {\"sha256\": \"%s\"}}", name, SHA);

    String message = refusal(HubException.Malformed.class, () -> Pulls.find(hub));

    assertTrue(message.contains(problem), message);
    assertFalse(message.contains("\u0007"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1e30", "99999999999999999999", "600000000000000", "\"7\"", "1.5"})
  void refusesAnAbsurdSize(String size) {
    listing(
        "{\"rfilename\": \"config.json\", \"size\": %s, \"lfs\": {\"sha256\": \"%s\"}}", size, SHA);

    String message = refusal(HubException.Malformed.class, () -> Pulls.find(hub));

    assertTrue(message.contains("size of 'config.json' must be 0 to"), message);
  }

  @Test
  void refusesADigestThatIsNone() {
    listing("{\"rfilename\": \"config.json\", \"size\": 3, \"blobId\": \"%s\"}", "zzz");

    String message = refusal(HubException.Malformed.class, () -> Pulls.find(hub));

    assertTrue(message.contains("must be hexadecimal, found 'zzz'"), message);
  }

  @Test
  void refusesTwoFilesOfOneName() {
    hub.small("readme.md", "x").small("README.MD", "y");

    String message =
        refusal(HubException.Malformed.class, () -> Pulls.find(hub, "readme*", "README*"));

    assertTrue(message.contains("have the same name"), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<html>",
        "[]",
        "{}",
        "{\"sha\": \"main\"}",
        "{\"sha\": \"SHA\", \"siblings\": 3}"
      })
  void refusesAnAnswerThatIsNoListing(String text) {
    hub.listing(text.replace("SHA", LocalHub.COMMIT));

    String message = refusal(HubException.Malformed.class, () -> Pulls.find(hub));

    assertTrue(message.endsWith("; check that the endpoint is a Hub"), message);
  }

  @Test
  void refusesAListingOfNestedBrackets() {
    hub.listing("[".repeat(5000));

    refusal(HubException.Malformed.class, () -> Pulls.find(hub));
  }

  @Test
  void refusesWhatTheDiskDoesNotHold() throws Exception {
    String shard =
        "{\"rfilename\": \"%d.safetensors\", \"size\": %d, \"lfs\": {\"sha256\": \"%s\"}}";
    String shards =
        IntStream.range(0, 7)
            .mapToObj(i -> shard.formatted(i, ModelListing.MAX_FILE_BYTES, SHA))
            .collect(Collectors.joining(","));
    listing("%s%s", shards, "");
    assumeTrue(
        Files.getFileStore(folder).getUsableSpace() < 7 * ModelListing.MAX_FILE_BYTES,
        "the disk holds it");

    String message =
        refusal(HubException.NoSpace.class, () -> Pulls.pull(hub, folder.resolve("t")));

    assertTrue(message.contains("MiB free; make room"), message);
    assertEquals(List.of(), Pulls.listing(folder));
  }

  @Test
  void saysThatAModelHasNothingForGraft() {
    listing("{\"rfilename\": \"%s\", \"size\": 1, \"blobId\": \"%s\"}", "x.py", "a".repeat(40));

    String message = refusal(HubException.Malformed.class, () -> Pulls.find(hub));

    assertTrue(message.contains("has no file that Graft can use, it has [x.py]"), message);
  }

  @Test
  void staysOfflineWhenToldTo() {
    HubClient client =
        new HubClient(new HubSettings(hub.endpoint(), Optional.empty(), true), Pulls.QUICK);

    String message = refusal(HubException.class, () -> Pulls.find(client));

    assertTrue(message.startsWith("HF_HUB_OFFLINE forbids"), message);
    assertEquals(List.of(), hub.requests());
  }

  @Test
  void saysWhereNobodyAnswers() {
    hub.close();

    String message = refusal(HubException.class, () -> Pulls.find(hub));

    assertTrue(message.contains("no connection to " + Origin.of(hub.endpoint())), message);
  }

  private void listing(String siblings, String name, String digest) {
    hub.listing(
        "{\"sha\": \"%s\", \"siblings\": [%s]}"
            .formatted(LocalHub.COMMIT, siblings.formatted(name, digest)));
  }

  private void listing(String siblings, String name) {
    hub.listing(
        "{\"sha\": \"%s\", \"siblings\": [%s]}"
            .formatted(LocalHub.COMMIT, siblings.formatted(name)));
  }
}
