package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A registry with its index in PostgreSQL, by its commands. */
@Timeout(300)
class RegistryPostgresTest {
  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));
  private static TestDatabase database;

  /** A registry in a database, and the commands on it. */
  private record Place(String url, Path blobs) {
    static Place fresh(String name) throws SQLException {
      return new Place(database.newDatabase(name), shop.at(name));
    }

    List<Object> words(Object... args) {
      return Stream.concat(
              Arrays.stream(args), Stream.of("--store", url, "--blobs", blobs, "--author", "ann"))
          .toList();
    }

    /** Runs a command line; whatever it says, it does not say the password. */
    Run run(Object... args) {
      Run run = Run.of(words(args).toArray());
      assertFalse(run.toString().contains(TestDatabase.PASSWORD), run::toString);
      return run;
    }

    Run line(String words) {
      return run((Object[]) words.split(" ", -1));
    }

    /** Runs a command line that only reads. */
    Run look(String words) {
      Object[] args =
          Stream.concat(
                  Arrays.stream(words.split(" ", -1)),
                  Stream.of("--store", url, "--blobs", blobs.toString()))
              .toArray();
      Run run = Run.of(args);
      assertFalse(run.toString().contains(TestDatabase.PASSWORD), run::toString);
      return run;
    }

    JsonNode answer(String words) {
      return look(words + " --json").expect(ExitCode.OK).json();
    }

    Place filled() {
      line("store init").expect(ExitCode.OK);
      line("tenants create acme").expect(ExitCode.OK);
      run("adapters", "add", shop.run(), "acme/support", "--alias", "prod").expect(ExitCode.OK);
      return this;
    }
  }

  @BeforeAll
  static void furnish() throws IOException {
    database = TestDatabase.startOrSkip(folder.resolve("postgres"));
    shop = Workshop.furnished(Files.createDirectory(folder.resolve("shop")));
    shop.train(shop.at("second"), "--seed", 2).expect(ExitCode.OK);
  }

  @AfterAll
  static void stop() throws IOException {
    if (database != null) {
      database.close();
    }
  }

  @Test
  void keepsAWeekInADatabase() throws Exception {
    Place place = Place.fresh("week");
    place.look("adapters list").failsWith(ExitCode.NOT_FOUND, "graft store init");
    place.line("store init --dry-run").expect(ExitCode.OK);
    place.look("adapters list").failsWith(ExitCode.NOT_FOUND, "graft store init");

    place.filled();
    place
        .run("adapters", "add", shop.at("second"), "acme/support", "--note", "week 2")
        .expect(ExitCode.OK);
    place.line("adapters promote acme/support@2 --alias prod --expect @1").expect(ExitCode.OK);
    place
        .line("adapters promote acme/support@2 --alias prod --expect @1")
        .failsWith(ExitCode.CONFLICT, "version 1", "version 2");

    assertEquals(1, place.answer("adapters list acme").path("adapters").size());
    assertEquals(
        "acme/support@2",
        place.answer("adapters show acme/support").path("version").path("reference").asText());
    place.line("adapters rollback acme/support --alias prod").expect(ExitCode.OK);
    assertEquals(
        List.of("rollback", "promote", "promote"),
        place
            .answer("adapters history acme/support --alias prod")
            .path("moves")
            .findValuesAsText("move"));
    place.line("adapters delete acme/support@2").expect(ExitCode.OK);
    JsonNode collected = place.line("store gc --grace 0s --json").expect(ExitCode.OK).json();
    assertTrue(collected.path("blobs").asInt() > 0, collected::toString);
    assertTrue(place.answer("store fsck").path("sound").asBoolean());
    assertTrue(place.answer("adapters audit --verify").path("sound").asBoolean());
    assertEquals(
        "create-store",
        place.answer("adapters audit").path("lines").findValuesAsText("action").get(8));
  }

  @Test
  void neverShowsThePassword() throws SQLException {
    Place place = Place.fresh("hidden").filled();

    JsonNode stats = place.answer("store stats");
    assertTrue(stats.path("store").asText().startsWith("jdbc:postgresql://localhost"));
    assertTrue(stats.path("store").asText().endsWith("/hidden with blobs in " + place.blobs()));
    assertFalse(
        place.line("store init --json").expect(ExitCode.OK).json().path("created").asBoolean());
    place.line("store migrate --dry-run").expect(ExitCode.OK);
    place.line("store migrate --json").expect(ExitCode.OK);
    place.look("adapters audit --json").expect(ExitCode.OK);
    Place wrong = new Place(place.url().replace("/hidden?", "/absent?"), place.blobs());
    wrong
        .look("adapters list --debug")
        .failsWith(ExitCode.UNAVAILABLE, "absent", "user, password and database", "Caused by");
  }

  /** The first connection is not waited for, and what the driver says is what people read. */
  @Test
  void saysAtOnceWhyItCannotConnect() throws Exception {
    Place place = Place.fresh("reached").filled();
    database.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'");
    database.requirePasswordOf("guarded");
    String port = place.url().replaceAll(".*:(\\d+)/.*", "$1");

    Map<String, String> said =
        Map.of(
            place.url().replace(":" + port + "/", ":1/"), "refused",
            place.url().replace("localhost", "nowhere.invalid"), "nowhere.invalid",
            place.url().replace("/reached?", "/absent?"), "database \"absent\" does not exist",
            place.url().replace("user=postgres", "user=guarded"), "password authentication failed");
    for (Map.Entry<String, String> each : said.entrySet()) {
      Place wrong = new Place(each.getKey(), place.blobs());
      Instant start = Instant.now();

      Run run = wrong.look("adapters list").failsWith(ExitCode.UNAVAILABLE, each.getValue());

      assertFalse(run.err().contains("timed out"), run::err);
      // A resolver may take its time over the name; the pool would wait for ten seconds.
      boolean resolves = each.getKey().contains("nowhere");
      assertTrue(resolves || Duration.between(start, Instant.now()).toSeconds() < 9, run::err);
      wrong.line("store init").failsWith(ExitCode.UNAVAILABLE, each.getValue());
      wrong.line("adapters tag acme/support x").failsWith(ExitCode.UNAVAILABLE, each.getValue());
    }
    assertEquals(1, place.answer("adapters list acme/support").path("versions").size());
  }

  @Test
  void refusesTheBlobsOfAnotherDatabase() throws SQLException {
    Place place = Place.fresh("one").filled();
    Place thief = new Place(database.newDatabase("two"), place.blobs());

    thief.line("store init --dry-run").failsWith(ExitCode.INTEGRITY, "/two", "backup");
    thief.line("store init").failsWith(ExitCode.INTEGRITY, "/two", "backup");
    assertTrue(place.answer("store fsck").path("sound").asBoolean());
  }

  @Test
  void isFollowedByAnotherProcess() throws Exception {
    Place place = Place.fresh("followed").filled();
    Process watcher = process(place, "store", "watch", "--after", 0, "--json");
    try (BufferedReader said = watcher.inputReader(StandardCharsets.UTF_8)) {
      assertEquals("create-store", action(said));
      assertEquals("create-tenant", action(said));
      assertEquals("publish", action(said));
      assertEquals("promote", action(said));

      place.line("adapters tag acme/support@1 golden").expect(ExitCode.OK);

      assertEquals("tag", action(said));
    } finally {
      watcher.destroy();
    }
  }

  private static String action(BufferedReader said) throws IOException {
    return new ObjectMapper().readTree(said.readLine()).path("action").asText();
  }

  /** A command line in a process of its own. */
  private static Process process(Place place, Object... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.graft.cli.Main"));
    List<Object> words = new ArrayList<>(List.of(args));
    words.addAll(List.of("--store", place.url(), "--blobs", place.blobs()));
    words.forEach(word -> command.add(word.toString()));
    return new ProcessBuilder(command).start();
  }

  /** The writer waits for its turn in its transaction when the database goes away. */
  @Test
  void losesNothingWhenTheDatabaseStopsInTheMiddle() throws Exception {
    Place place = Place.fresh("stopped").filled();
    Object[] add = {"adapters", "add", shop.at("second"), "acme/support", "--alias", "prod"};
    Process watcher = process(place, "store", "watch", "--after", 3);
    CompletableFuture<Run> writer;
    try (BufferedReader said = watcher.inputReader(StandardCharsets.UTF_8);
        Connection other = database.connectTo("stopped");
        Statement statement = other.createStatement()) {
      String line = said.readLine();
      assertTrue(line.contains("promote"), line);
      statement.execute("SELECT pg_advisory_lock(x'6772616674'::bigint)");
      writer = CompletableFuture.supplyAsync(() -> place.run(add));
      while (!database.finds(
          "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")) {
        Thread.onSpinWait();
      }
      database.stop();
    }

    writer.get().failsWith(ExitCode.UNAVAILABLE, "/stopped", "refused", "running and reachable");
    place.look("adapters list").failsWith(ExitCode.UNAVAILABLE, "refused");
    String error = new String(watcher.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(ExitCode.UNAVAILABLE.code(), watcher.waitFor(), error);
    assertTrue(error.contains("graft: cannot follow the registry"), error);
    assertFalse(error.contains(TestDatabase.PASSWORD), error);

    database.startAgain();
    assertEquals(1, place.answer("adapters list acme/support").path("versions").size());
    assertTrue(place.answer("store fsck").path("sound").asBoolean());
    place.run(add).expect(ExitCode.OK);
    assertEquals(
        2, place.answer("adapters show acme/support").path("version").path("version").asInt());
    assertTrue(place.answer("adapters audit --verify").path("sound").asBoolean());
  }
}
