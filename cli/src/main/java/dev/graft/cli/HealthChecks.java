package dev.graft.cli;

import dev.graft.adapter.NearestNames;
import dev.graft.cli.screen.Quantities;
import dev.graft.ort.OrtInfo;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/**
 * What the doctor looks at. Each check speaks for itself: one that fails does not stop the others.
 */
final class HealthChecks {
  /** How a check ended. */
  enum State {
    GOOD,
    WARNING,
    BROKEN
  }

  /** What a check found. */
  record Finding(String name, State state, String text) {}

  private static final int JAVA_WANTED = 17;
  private static final long DISK_WANTED_BYTES = 500L << 20;
  private static final long MEMORY_WANTED_BYTES = 2L << 30;

  /** Variables of the launcher; every other one is an option's. */
  private static final List<String> LAUNCHER_VARIABLES =
      List.of("GRAFT_JAVA_OPTS", "GRAFT_SKIP_BUILD");

  private HealthChecks() {}

  static List<Finding> all(Map<String, String> env, Set<String> variables) {
    List<Finding> findings = new ArrayList<>();
    findings.add(check("Graft", HealthChecks::graft));
    findings.add(check("Java", HealthChecks::java));
    findings.add(check("ONNX Runtime", HealthChecks::onnxRuntime));
    findings.add(check("processors", HealthChecks::processors));
    findings.add(check("memory", HealthChecks::memory));
    findings.add(check("disk", HealthChecks::disk));
    findings.add(check("environment", () -> environment(env, variables)));
    findings.add(check("self-test", HealthChecks::selfTest));
    return findings;
  }

  private static Finding check(String name, Callable<Finding> check) {
    try {
      Finding found = check.call();
      return new Finding(name, found.state(), found.text());
    } catch (Exception | LinkageError e) {
      CommandFailure failure = Failures.explain(e, name);
      return new Finding(name, State.BROKEN, "%s; %s".formatted(failure.why(), failure.fix()));
    }
  }

  private static Finding good(String text) {
    return new Finding("", State.GOOD, text);
  }

  private static Finding warning(String text) {
    return new Finding("", State.WARNING, text);
  }

  private static Finding graft() {
    return good("%s in %s".formatted(Versions.graft(), System.getProperty("graft.home", "?")));
  }

  private static Finding java() {
    String text =
        "%s, %s, %s"
            .formatted(
                Runtime.version(),
                System.getProperty("java.vm.name"),
                System.getProperty("java.home"));
    return Runtime.version().feature() >= JAVA_WANTED
        ? good(text)
        : new Finding("", State.BROKEN, text + "; Graft needs %d".formatted(JAVA_WANTED));
  }

  private static Finding onnxRuntime() {
    OrtInfo info = OrtInfo.current();
    return good(
        "%s on %s %s, providers %s"
            .formatted(
                info.version(),
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                String.join(", ", info.providers())));
  }

  private static Finding processors() {
    return good("%d".formatted(Runtime.getRuntime().availableProcessors()));
  }

  /** The heap holds texts; weights and activations are outside it, in the machine's memory. */
  private static Finding memory() throws IOException {
    String heap =
        "Java heap up to %s".formatted(Quantities.bytes(Runtime.getRuntime().maxMemory()));
    Path info = Path.of("/proc/meminfo");
    if (!Files.isReadable(info)) {
      return good(heap);
    }
    long available =
        Files.readAllLines(info).stream()
            .filter(line -> line.startsWith("MemAvailable:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
            .findFirst()
            .orElse(Long.MAX_VALUE);
    String text = "%s free, %s".formatted(Quantities.bytes(available), heap);
    return available < MEMORY_WANTED_BYTES
        ? warning(text + "; training MiniLM takes about 500 MiB, larger models more")
        : good(text);
  }

  private static Finding disk() throws IOException {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    if (!Files.isWritable(temporary)) {
      return new Finding(
          "",
          State.BROKEN,
          "'%s' cannot be written; set TMPDIR or GRAFT_JAVA_OPTS=-Djava.io.tmpdir=DIR"
              .formatted(temporary));
    }
    FileStore store = Files.getFileStore(temporary);
    String text = "%s free in %s".formatted(Quantities.bytes(store.getUsableSpace()), temporary);
    return store.getUsableSpace() < DISK_WANTED_BYTES ? warning(text) : good(text);
  }

  /** Names what the environment sets, because a forgotten variable explains much. */
  private static Finding environment(Map<String, String> env, Set<String> variables) {
    TreeSet<String> set =
        env.keySet().stream()
            .filter(name -> name.startsWith("GRAFT_"))
            .collect(Collectors.toCollection(TreeSet::new));
    if (set.isEmpty()) {
      return good("no GRAFT_ variables");
    }
    List<String> known = new ArrayList<>(LAUNCHER_VARIABLES);
    known.addAll(variables);
    for (String name : set) {
      if (!known.contains(name)) {
        String near = NearestNames.suggestion(name, known);
        return warning("%s is no variable of Graft; %s".formatted(name, near).strip());
      }
    }
    return good(set.stream().map(n -> n + "=" + env.get(n)).collect(Collectors.joining(" ")));
  }

  private static Finding selfTest() throws IOException {
    long start = System.nanoTime();
    SelfTest.Result result = SelfTest.run();
    return good(
        "exported, trained (loss %s to %s) and merged a tiny encoder in %s"
            .formatted(
                EvalCommand.number(result.firstLoss()),
                EvalCommand.number(result.lastLoss()),
                Quantities.human((System.nanoTime() - start) / 1e9)));
  }
}
