package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;

/**
 * The launcher script itself, in a project that looks built: its only jar names the classes under
 * test, so that they are not built once more.
 */
record RealLauncher(Path script) {
  /** Sets up such a project. */
  static RealLauncher in(Path home) throws IOException {
    Path here = Path.of("").toAbsolutePath();
    Path source = here.resolve("graft");
    Path lib = Files.createDirectories(home.resolve("cli/target/lib"));
    Files.createFile(home.resolve("cli/target/graft.stamp"));
    writeJar(lib.resolve("classes.jar"));
    Path script =
        Files.copy(
            Files.isRegularFile(source) ? source : here.resolveSibling("graft"),
            home.resolve("graft"));
    assertTrue(script.toFile().setExecutable(true));
    return new RealLauncher(script);
  }

  private static void writeJar(Path jar) throws IOException {
    String path =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(entry -> Path.of(entry).toUri().toString())
            .collect(Collectors.joining(" "));
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, path);
    try (OutputStream out = Files.newOutputStream(jar)) {
      new JarOutputStream(out, manifest).close();
    }
  }

  /** Runs a command line. */
  Run run(Map<String, String> env, List<String> args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(args);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(env);
    builder.environment().put("GRAFT_SKIP_BUILD", "1");
    builder.environment().put("GRAFT_JAVA_OPTS", "-XX:TieredStopAtLevel=1");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return Run.of(builder);
  }
}
