package dev.graft.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Processes that a file's permissions hold, whoever runs the tests: root may write what is
 * read-only, unless its processes give up the capability to.
 *
 * @param prefix what the command line of a process starts with
 */
record Confined(List<String> prefix) {
  private static final List<String> WITHOUT_OVERRIDE =
      List.of("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all");

  /** Finds out how, or skips the tests with the reason. */
  static Confined orSkip(Path folder) throws IOException, InterruptedException {
    Path probe = Files.createDirectory(folder.resolve("probe"));
    setWritable(probe, false);
    try {
      List<String> said = new ArrayList<>();
      for (List<String> prefix : List.of(List.<String>of(), WITHOUT_OVERRIDE)) {
        Optional<String> failure = writeInto(probe, prefix);
        if (failure.isEmpty()) {
          return new Confined(prefix);
        }
        said.add(failure.get());
      }
      Assumptions.abort("no process can be kept from writing here: " + said);
      throw new IllegalStateException();
    } finally {
      setWritable(probe, true);
    }
  }

  /** Empty if the process started and was kept from writing. */
  private static Optional<String> writeInto(Path probe, List<String> prefix)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of("sh", "-c", "echo started; : > \"$0/file\"", probe.toString()));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      boolean kept = said.startsWith("started") && !Files.exists(probe.resolve("file"));
      return kept && code != 0 ? Optional.empty() : Optional.of(prefix + " " + said);
    } catch (IOException e) {
      return Optional.of(prefix + " " + e.getMessage());
    } finally {
      Files.deleteIfExists(probe.resolve("file"));
    }
  }

  /** Takes the right to write from a tree, or gives it to its owner again. */
  static void setWritable(Path root, boolean writable) throws IOException {
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.toList()) {
        if (!path.toFile().setWritable(writable, true)) {
          throw new IOException("cannot change the permissions of " + path);
        }
      }
    }
  }

  /** Runs a command line in a process of its own. */
  Run graft(List<?> args) throws IOException, InterruptedException {
    return run(new ArrayList<>(prefix), "dev.graft.cli.Main", args);
  }

  /** Runs many command lines one after the other, in one process. */
  List<Run> graftEach(Path folder, List<List<String>> lines)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile(folder, "lines", ".json");
    ObjectMapper mapper = new ObjectMapper();
    mapper.writeValue(file.toFile(), lines);
    Run all = run(new ArrayList<>(prefix), Worker.class.getName(), List.of(file));
    all.expect(ExitCode.OK);
    return List.of(mapper.readValue(all.out(), Run[].class));
  }

  /** Runs a command line in a process that no file above some KiB can be written by. */
  static Run graftWithSmallFiles(int kibibytes, List<?> args)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of("bash", "-c", "ulimit -f %d && exec \"$0\" \"$@\"".formatted(kibibytes)));
    return run(command, "dev.graft.cli.Main", args);
  }

  private static Run run(List<String> command, String main, List<?> args)
      throws IOException, InterruptedException {
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    args.forEach(arg -> command.add(arg.toString()));
    return Run.of(new ProcessBuilder(command));
  }

  /** Reads command lines, and writes what each did. */
  static final class Worker {
    private Worker() {}

    /** Takes the file with the lines. */
    public static void main(String[] args) throws IOException {
      ObjectMapper mapper = new ObjectMapper();
      String[][] lines = mapper.readValue(Path.of(args[0]).toFile(), String[][].class);
      List<Run> runs = Arrays.stream(lines).map(line -> Run.of((Object[]) line)).toList();
      mapper.writeValue(System.out, runs);
    }
  }
}
