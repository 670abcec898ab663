package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes: what signals, pipes and full disks do to them. */
@Timeout(120)
class SignalTest {
  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));

  @BeforeAll
  static void furnish() throws IOException {
    shop = Workshop.furnished(folder);
  }

  @Test
  void sigtermWritesACheckpointAndTheRunGoesOnToTheSameAdapter() throws Exception {
    stopAndResume("TERM", ExitCode.TERMINATED, "terminated");
  }

  @Test
  void sigintWritesACheckpointAndTheRunGoesOnToTheSameAdapter() throws Exception {
    stopAndResume("INT", ExitCode.INTERRUPTED, "interrupted");
  }

  private static void stopAndResume(String signal, ExitCode expected, String name)
      throws Exception {
    Path run = shop.at(name);
    Process process = graft(train(run)).redirectErrorStream(true).start();
    waitForSteps(run.resolve("metrics.jsonl"), 3);
    new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
    String said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);

    assertEquals(expected.code(), process.waitFor(), said);
    assertTrue(said.contains("--resume"), said);
    assertEquals("stopped", json(run).path("status").asText());

    List<Object> again = new ArrayList<>(train(run));
    again.add("--resume");
    Run.of(again.toArray()).expect(ExitCode.OK);
    Path whole = shop.at(name + "-whole");
    Run.of(train(whole).toArray()).expect(ExitCode.OK);
    assertEquals(
        json(whole).path("digests").path("adapter"), json(run).path("digests").path("adapter"));
  }

  private static List<Object> train(Path run) {
    return List.of(
        "train",
        shop.bundle(),
        "--data",
        shop.data(),
        "-o",
        run,
        "--max-steps",
        1500,
        "--threads",
        1,
        "--lora-dropout",
        0.1,
        "--lr",
        0.001);
  }

  @Test
  void endsQuietlyWhenNobodyReadsOn() throws Exception {
    Path texts = shop.write("texts.jsonl", "{\"text\": \"hot sun\"}\n".repeat(5000));
    Process process =
        graft(List.of("predict", shop.bundle(), "--adapter", shop.run(), "--data", texts)).start();
    process.getInputStream().readNBytes(10);
    process.getInputStream().close();
    String said =
        new String(
            process.getErrorStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);

    assertEquals(0, process.waitFor(), said);
    assertEquals("", said);
  }

  @Test
  void saysThatTheAnswerDidNotFitOnTheDisk() throws Exception {
    Path full = Path.of("/dev/full");
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Files.exists(full), "this system has no /dev/full");
    Process process =
        graft(List.of("embed", shop.bundle(), "--text", "hot"))
            .redirectOutput(full.toFile())
            .start();
    String said =
        new String(
            process.getErrorStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);

    assertEquals(ExitCode.RESOURCE.code(), process.waitFor(), said);
    assertTrue(said.contains("the disk is full"), said);
  }

  private static JsonNode json(Path run) {
    return Run.of("inspect", run, "--json").expect(ExitCode.OK).json();
  }

  private static void waitForSteps(Path metrics, int steps) throws Exception {
    while (!Files.exists(metrics) || Files.readAllLines(metrics).size() < steps) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private static ProcessBuilder graft(List<?> args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.graft.cli.Main"));
    args.forEach(arg -> command.add(arg.toString()));
    return new ProcessBuilder(command);
  }
}
