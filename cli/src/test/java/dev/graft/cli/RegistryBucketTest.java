package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A registry with its blobs in a bucket, by its commands. */
class RegistryBucketTest {
  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));
  private static TestBucket bucket;

  @BeforeAll
  static void furnish() throws IOException {
    bucket = TestBucket.start();
    shop = Workshop.furnished(folder);
  }

  @AfterAll
  static void stop() {
    bucket.close();
  }

  /** Runs a command line on a registry in a directory and a prefix of the same name. */
  private static Run on(String name, Object... args) {
    Map<String, String> env =
        Map.of("GRAFT_STORE", shop.at(name).toString(), "GRAFT_BLOBS", bucket.url(name));
    return Run.with(env, "", args);
  }

  private static Run line(String name, String words) {
    return on(name, (Object[]) words.split(" ", -1));
  }

  private static void fill(String name) {
    line(name, "store init").expect(ExitCode.OK);
    line(name, "tenants create acme").expect(ExitCode.OK);
    on(name, "adapters", "add", shop.run(), "acme/support", "--alias", "prod").expect(ExitCode.OK);
  }

  @Test
  void publishesListsPullsCollectsAndChecks() throws IOException {
    fill("week");

    JsonNode init = line("week", "store init --json").expect(ExitCode.OK).json();
    assertFalse(init.path("created").asBoolean());
    assertTrue(init.path("store").asText().endsWith("with blobs in " + bucket.url("week")));
    JsonNode stats = line("week", "store stats --json").expect(ExitCode.OK).json();
    assertEquals(4, stats.path("blobs").asInt(), stats::toString);
    assertTrue(stats.path("blobBytes").asLong() >= stats.path("sizeBytes").asLong());
    assertFalse(Files.exists(shop.at("week").resolve("blobs/sha256")));
    assertTrue(line("week", "adapters list acme/support").expect(ExitCode.OK).out().contains("@1"));
    on("week", "adapters", "pull", "acme/support", "-o", shop.at("pulled")).expect(ExitCode.OK);
    assertEquals(
        -1,
        Files.mismatch(
            shop.adapter().resolve("adapter_model.safetensors"),
            shop.at("pulled").resolve("adapter_model.safetensors")));
    on("week", "predict", shop.bundle(), "--adapter", "acme/support", "--text", "hot sun")
        .expect(ExitCode.OK);
    assertTrue(
        line("week", "store fsck --json").expect(ExitCode.OK).json().path("sound").asBoolean());
    line("week", "adapters unalias acme/support --alias prod").expect(ExitCode.OK);
    line("week", "adapters delete acme/support@1").expect(ExitCode.OK);
    JsonNode collected = line("week", "store gc --grace 0s --json").expect(ExitCode.OK).json();
    assertEquals(4, collected.path("blobs").asInt(), collected::toString);
    line("week", "store fsck").expect(ExitCode.OK);
  }

  @Test
  void noticesAndHealsADamagedBlob() {
    fill("damaged");
    bucket.damage("damaged/blobs/");

    line("damaged", "store fsck").expect(ExitCode.INTEGRITY);
    on("damaged", "adapters", "pull", "acme/support", "-o", shop.at("out"))
        .failsWith(ExitCode.INTEGRITY, "s3://graft/damaged/blobs/sha256/", "fsck");
    on("damaged", "adapters", "add", shop.run(), "acme/support").expect(ExitCode.OK);
    line("damaged", "store fsck").expect(ExitCode.OK);
  }

  @Test
  void refusesARegistryWithoutItsBucketAndABucketOfAnother() {
    fill("mine");

    Run.of("adapters", "list", "--store", shop.at("mine"))
        .failsWith(ExitCode.INVALID, "--blobs s3://graft/mine");
    Run.of("store", "init", "--store", shop.at("thief"), "--blobs", bucket.url("mine"))
        .failsWith(ExitCode.INVALID, "blobs of another registry", "another prefix");
  }

  @Test
  void saysThatThereIsNoBucket() {
    Run.of("store", "init", "--store", shop.at("x"), "--blobs", "s3://no-such-bucket/x")
        .failsWith(ExitCode.UNAVAILABLE, "s3://no-such-bucket", "create the bucket");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "s3:/x | s3://BUCKET/PREFIX",
        "s3:// | name is 3 to 63",
        "s3://a/x | name is 3 to 63",
        "s3://key:secret@bucket/x | AWS_ACCESS_KEY_ID",
        "s3://bucket/../x | parts of a prefix",
        "gs://bucket/x | s3://BUCKET/PREFIX",
        "blobs | JDBC URL"
      })
  void refusesWhatIsNoBucket(String blobs, String hint) {
    Run run =
        Run.of("store", "stats", "--store", shop.at("any"), "--blobs", blobs)
            .failsWith(ExitCode.USAGE, hint);

    assertFalse(run.err().contains("secret@"), run::err);
    assertFalse(Arrays.asList(shop.root().toFile().list()).contains("any"));
  }
}
