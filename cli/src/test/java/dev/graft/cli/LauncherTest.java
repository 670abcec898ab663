package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script, with a Java and a Maven that only say what they were asked to do. */
@Timeout(60)
class LauncherTest {
  private static final List<String> MODULES =
      List.of("adapter-core", "onnx-export", "runtime", "test-models", "cli");

  @TempDir Path folder;

  private Path home = Path.of("");
  private Path tools = Path.of("");

  private record Started(int code, String out, String err) {}

  @BeforeEach
  void makeAProject() throws IOException {
    home = Files.createDirectories(folder.resolve("a project"));
    Path here = Path.of("").toAbsolutePath();
    Path script = here.resolve("graft");
    Files.copy(
        Files.isRegularFile(script) ? script : here.resolveSibling("graft"), home.resolve("graft"));
    assertTrue(home.resolve("graft").toFile().setExecutable(true));
    Files.writeString(home.resolve("pom.xml"), "<project/>");
    for (String module : MODULES) {
      Files.createDirectories(home.resolve(module));
    }
    tools = Files.createDirectories(folder.resolve("tools"));
    java("17.0.1");
    maven("3.8.1", "mkdir -p cli/target/lib; echo built >> builds");
  }

  private void java(String version) throws IOException {
    tool(
        "java",
        """
        [ "$1" = -version ] && { echo 'openjdk version "%s"' >&2; exit 0; }
        for word; do echo "$word"; done
        """
            .formatted(version));
    tool("javac", "");
  }

  private void maven(String version, String build) throws IOException {
    tool(
        "mvn",
        """
        case "$*" in *-version*) echo 'Apache Maven %s (abc)'; exit 0;; esac
        %s
        """
            .formatted(version, build));
  }

  private void tool(String name, String body) throws IOException {
    Path file = Files.writeString(tools.resolve(name), "#!/bin/sh\n" + body);
    assertTrue(file.toFile().setExecutable(true));
  }

  private Process start(Path script, String... args) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("sh");
    builder.command().add(script.toString());
    builder.command().addAll(List.of(args));
    builder.directory(folder.toFile());
    builder.environment().put("PATH", tools + ":/usr/bin:/bin");
    builder.environment().remove("JAVA_HOME");
    return builder.start();
  }

  private static Started end(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Started(process.waitFor(), out, err);
  }

  private Started run(String... args) throws Exception {
    return end(start(home.resolve("graft"), args));
  }

  private long builds() throws IOException {
    Path log = home.resolve("builds");
    return Files.exists(log) ? Files.readAllLines(log).size() : 0;
  }

  @Test
  void buildsOnceAndThenStarts() throws Exception {
    Started first = run("train", "two words");
    Started second = run("train", "two words");

    assertEquals(0, first.code(), first.err());
    assertTrue(first.err().contains("building Graft (first time only"), first.err());
    assertEquals("", second.err());
    assertTrue(second.out().endsWith("dev.graft.cli.Main\ntrain\ntwo words\n"), second.out());
    assertEquals(1, builds());
  }

  @Test
  void buildsAgainWhenASourceIsNewer() throws Exception {
    run();
    Path source = Files.writeString(home.resolve("runtime/New.java"), "class New {}");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));

    Started second = run();

    assertTrue(second.err().contains("its sources have changed"), second.err());
    assertEquals(2, builds());
  }

  @Test
  void doesNotBuildTwiceWhenStartedTwiceAtOnce() throws Exception {
    maven("3.9.6", "sleep 2; mkdir -p cli/target/lib; echo built >> builds");

    Process one = start(home.resolve("graft"));
    Process other = start(home.resolve("graft"));
    Started first = end(one);
    Started second = end(other);

    assertEquals(0, first.code(), first.err());
    assertEquals(0, second.code(), second.err());
    assertEquals(1, builds());
  }

  @Test
  void takesTheLockOfADeadBuilderAway() throws Exception {
    Path lock = Files.createDirectories(home.resolve(".graft/build.lock"));
    Files.writeString(lock.resolve("pid"), "999999999\n");

    assertEquals(0, run().code());
    assertEquals(1, builds());
    assertFalse(Files.exists(lock));
  }

  @Test
  void startsThroughALinkToALink() throws Exception {
    Path one = Files.createSymbolicLink(folder.resolve("one"), home.resolve("graft"));
    Files.createSymbolicLink(folder.resolve("two"), one.getFileName());

    Started started = end(start(folder.resolve("two"), "doctor"));

    assertEquals(0, started.code(), started.err());
    assertTrue(started.out().contains("-Dgraft.home=" + home.toRealPath()), started.out());
  }

  @Test
  void showsTheEndOfAFailedBuild() throws Exception {
    maven("3.8.1", "echo 'ERROR: no such artifact'; exit 1");

    Started started = run();

    assertEquals(1, started.code());
    assertTrue(started.err().contains("ERROR: no such artifact"), started.err());
    assertTrue(started.err().contains(".graft/build.log"), started.err());
    assertFalse(Files.exists(home.resolve(".graft/build.lock")));
  }

  @Test
  void saysWhatIsMissingOrTooOld() throws Exception {
    java("11.0.2");
    assertSays(run(), "Java 11 is too old", "JDK 17");
    java("1.8.0_392");
    assertSays(run(), "Java 8 is too old", "JDK 17");
    java("21.0.1");
    maven("3.6.3", "");
    assertSays(run(), "Maven 3.6.3 is too old", "3.8");
  }

  private static void assertSays(Started started, String what, String fix) {
    assertEquals(2, started.code(), started.err());
    assertTrue(started.err().contains("graft: " + what), started.err());
    assertTrue(started.err().contains(fix), started.err());
  }
}
