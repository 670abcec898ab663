package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.cli.screen.Console;
import dev.graft.cli.screen.Screen;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What all commands about the registry have in common, whichever there are. */
class RegistryOptionsTest {
  /** They read the registry, or make a file or folder that must not exist before. */
  private static final Set<String> CHANGES_NO_REGISTRY =
      Set.of(
          "adapters list",
          "adapters show",
          "adapters history",
          "adapters diff",
          "adapters pull",
          "adapters lineage",
          "adapters search",
          "adapters audit",
          "adapters verify",
          "adapters combine",
          "adapters resize",
          "tenants list",
          "tenants show",
          "tenants verify-erasure",
          "store stats",
          "store watch");

  /** Directories of keys have no log that a note could go into. */
  private static final Set<String> CHANGES_KEYS =
      Set.of("keys init", "keys rotate", "keys signing");

  /** It only looks, unless it is told to repair. */
  private static final String CHECK = "store fsck";

  static List<String> commands() {
    Console console =
        new Console(
            InputStream.nullInputStream(),
            OutputStream.nullOutputStream(),
            OutputStream.nullOutputStream(),
            Map.of(),
            false,
            false,
            false,
            80);
    CommandLine line = new CommandLine(CommandSpec.create());
    RegistryCommands.addTo(line, new CommandContext(new Screen(console, false, true), Map.of()));
    List<String> commands = new ArrayList<>();
    line.getSubcommands()
        .forEach(
            (group, inner) ->
                inner.getSubcommands().keySet().forEach(word -> commands.add(group + " " + word)));
    return commands;
  }

  private static Run line(String words) {
    return Run.of((Object[]) words.split(" ", -1));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void explainsItselfAndRefusesAnOptionItDoesNotHave(String command) {
    Run help = line(command + " --help").expect(ExitCode.OK);

    assertTrue(help.out().contains("graft " + command), help::out);
    line(command + " --nonsense").failsWith(ExitCode.USAGE, "--nonsense");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void takesADryRunAndANoteIfItChangesTheRegistry(String command) {
    String help = line(command + " --help").expect(ExitCode.OK).out();

    boolean changes = !CHANGES_NO_REGISTRY.contains(command);
    assertEquals(changes && !command.equals(CHECK), help.contains("--dry-run"), help);
    assertEquals(changes && !CHANGES_KEYS.contains(command), help.contains("--note"), help);
  }

  @Test
  void seesTheCommands() {
    assertTrue(commands().containsAll(CHANGES_KEYS));
    assertTrue(commands().contains(CHECK));
    assertFalse(commands().contains("store"));
  }
}
