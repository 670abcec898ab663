package dev.graft.cli;

import dev.graft.cli.screen.Console;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** A registry in a folder of its own, and the commands on it. */
record TestRegistry(Path store) {
  /** Makes a registry with one tenant. */
  static TestRegistry at(Path store, String tenant) {
    TestRegistry registry = new TestRegistry(store);
    registry.run("store", "init").expect(ExitCode.OK);
    registry.run("tenants", "create", tenant).expect(ExitCode.OK);
    return registry;
  }

  /** Runs a command line on it, as ann. */
  Run run(Object... args) {
    return Run.with(Map.of("GRAFT_STORE", store.toString(), "GRAFT_AUTHOR", "ann"), "", args);
  }

  /** Runs a command line of words. */
  Run line(String words) {
    return run((Object[]) words.split(" ", -1));
  }

  /** What a command line of words shows on a screen of so many columns, without colours. */
  String onScreen(int columns, String words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Map<String, String> env = Map.of("GRAFT_STORE", store.toString(), "NO_COLOR", "1");
    Console console =
        new Console(
            InputStream.nullInputStream(),
            out,
            OutputStream.nullOutputStream(),
            env,
            true,
            true,
            true,
            columns);
    new Graft(console).run(words.split(" ", -1));
    return out.toString(StandardCharsets.UTF_8);
  }

  /** All that a reader can see of it. */
  String everything() {
    return run("adapters", "search", "--state", "active", "--state", "blocked", "--json").out()
        + line("adapters list --json").out()
        + line("tenants list --json").out()
        + line("adapters audit --json --limit 1000").out();
  }
}
