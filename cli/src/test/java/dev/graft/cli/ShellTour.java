package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The fenced blocks of a page, run as they are written in a folder where {@code ./graft} is. */
final class ShellTour {
  private ShellTour() {}

  /** The blocks of one language in a page of this repository. */
  static List<String> blocks(String page, String language) throws IOException {
    String text = Files.readString(root().resolve(page));
    Pattern fenced = Pattern.compile("(?ms)^```" + language + "\\n(.*?)^```$");
    List<String> blocks =
        fenced.matcher(text).results().map((MatchResult block) -> block.group(1)).toList();
    assertFalse(blocks.isEmpty(), () -> page + " has no block of " + language);
    return blocks;
  }

  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    Path parent = here.getParent();
    return Files.exists(here.resolve("README.md")) || parent == null ? here : parent;
  }

  /** Runs commands and returns what they said, or fails with it. */
  static String run(Path folder, List<String> blocks) throws Exception {
    writeLauncher(folder);
    Path script = Files.writeString(folder.resolve("tour.sh"), String.join("", blocks));
    return process(folder, "sh", "-eu", script.toString());
  }

  /** Compiles a class and runs its {@code main} in the folder. */
  static String java(Path folder, String name, String source) throws Exception {
    Path file = Files.writeString(folder.resolve(name + ".java"), source);
    List<String> command = new ArrayList<>(java());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), file.toString()));
    return process(folder, command.toArray(String[]::new));
  }

  private static String process(Path folder, String... command) throws Exception {
    Path said = folder.resolve("tour.log");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    String log = process.waitFor() + "\n" + Files.readString(said);
    assertTrue(log.startsWith("0\n"), log);
    return log;
  }

  private static List<String> java() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return List.of(java, "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
  }

  /** Starts these classes, instead of building them once more as the real launcher would. */
  private static void writeLauncher(Path folder) throws IOException {
    List<String> command = new ArrayList<>(java());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.graft.cli.Main"));
    StringBuilder script = new StringBuilder("#!/bin/sh\nexec");
    command.forEach(word -> script.append(" '").append(word.replace("'", "'\\''")).append('\''));
    script.append(" \"$@\"\n");
    Path graft = folder.resolve("graft");
    Files.write(graft, script.toString().getBytes(StandardCharsets.UTF_8));
    assertTrue(graft.toFile().setExecutable(true));
  }
}
