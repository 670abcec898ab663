package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tour of the README, run as it is written, in a folder where only {@code ./graft} is. */
class ReadmeTourTest {
  private static final Pattern FENCED = Pattern.compile("(?ms)^```sh\\n(.*?)^```$");

  @TempDir Path folder;

  @Test
  @Timeout(600)
  void worksAsWritten() throws Exception {
    writeLauncher();
    Path script = Files.writeString(folder.resolve("tour.sh"), tour());
    Path said = folder.resolve("tour.log");

    Process process =
        new ProcessBuilder("sh", "-eu", script.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();

    String log = process.waitFor() + "\n" + Files.readString(said);
    assertTrue(log.startsWith("0\n"), log);
    assertTrue(Files.exists(folder.resolve("merged/model.onnx")), log);
    assertEquals(
        List.of("banking", "travel"),
        log.lines()
            .filter(line -> line.contains("Lima") || line.contains("guitar"))
            .map(line -> line.replaceAll(".*\"adapter\":\"(\\w+)\".*", "$1"))
            .toList());
  }

  private static String tour() throws IOException {
    String readme = Files.readString(readme());
    List<String> blocks =
        FENCED.matcher(readme).results().map((MatchResult block) -> block.group(1)).toList();
    assertTrue(blocks.size() >= 6, "the README has no tour");
    return String.join("", blocks);
  }

  private static Path readme() {
    Path here = Path.of("").toAbsolutePath();
    Path beside = here.resolve("README.md");
    return Files.exists(beside) ? beside : here.resolveSibling("README.md");
  }

  /** Starts these classes, instead of building them once more as the real launcher would. */
  private void writeLauncher() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.graft.cli.Main"));
    StringBuilder script = new StringBuilder("#!/bin/sh\nexec");
    command.forEach(word -> script.append(" '").append(word.replace("'", "'\\''")).append('\''));
    script.append(" \"$@\"\n");
    Path graft = folder.resolve("graft");
    Files.write(graft, script.toString().getBytes(StandardCharsets.UTF_8));
    assertTrue(graft.toFile().setExecutable(true));
  }
}
