package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.cli.screen.Screen;
import dev.graft.train.TrainingOptions;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "trian | did you mean 'train'?",
        "exprot | did you mean 'export'?",
        "adapters combin | did you mean 'combine'?",
        "data chek | did you mean 'check'?",
        "train b --dta x | did you mean '--data'",
        "train b --learning-rte 1 | did you mean '--learning-rate'?",
        "merge b --adapter a -o o --dtype fp61 | did you mean 'fp16'",
        "export m -o b --task text-clasification | did you mean 'text-classification'?",
        "export m -o b --task text-classification --pooling men | did you mean 'mean'",
        "convert a -o b --to pef | did you mean 'peft'",
        "completion zhs | did you mean 'zsh'?",
      })
  void answersATypoWithTheNearestName(String line, String hint) {
    Run.of((Object[]) line.split(" ", -1)).failsWith(ExitCode.USAGE, hint);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"train", "export", "merge x", "eval", "adapters combine x", "adapters resize x"})
  void namesWhatIsMissing(String line) {
    Run.of((Object[]) line.split(" ", -1)).failsWith(ExitCode.USAGE, "missing: ", "--help");
  }

  @Test
  void saysWhatKindOfValueAnOptionTakes() {
    Run.of("train", "b", "--data", "d", "-o", "o", "--rank", "many")
        .failsWith(ExitCode.USAGE, "--rank cannot be 'many'", "whole number");
    Run.of("train", "b", "--data", "d", "-o", "o", "--lr", "fast")
        .failsWith(ExitCode.USAGE, "--lr", "a number such as");
  }

  @Test
  void saysThatAValueCameFromTheEnvironment() {
    Run.with(Map.of("GRAFT_RANK", "many"), "", "train", "b", "--data", "d", "-o", "o")
        .failsWith(ExitCode.USAGE, "'many' (from GRAFT_RANK)");
  }

  @Test
  void refusesARankOfZero() {
    Run.of("train", "b", "--data", "d", "-o", "o", "--rank", "0")
        .failsWith(ExitCode.USAGE, "rank must be between 1", "found 0");
  }

  @Test
  void refusesADropoutThatLeavesNothing() {
    Run.of("train", "b", "--data", "d", "-o", "o", "--lora-dropout", "1")
        .failsWith(ExitCode.USAGE, "loraDropout must be in [0, 1), found 1.0");
  }

  @Test
  void reportsErrorsAsJsonWhenAskedTo() throws Exception {
    Run run = Run.of("inspect", "nowhere", "--json").expect(ExitCode.NOT_FOUND);

    assertEquals("", run.out());
    assertEquals(4, new ObjectMapper().readTree(run.err()).path("error").path("exitCode").asInt());
  }

  @Test
  void showsAStackTraceOnlyWithDebug() {
    assertFalse(Run.of("inspect", "nowhere").err().contains("at dev.graft"));
    assertTrue(Run.of("inspect", "nowhere", "--debug").err().contains("at dev.graft"));
  }

  @Test
  void answersHelpOnStandardOutput() {
    Run help = Run.of("train", "--help").expect(ExitCode.OK);

    assertEquals("", help.err());
    assertTrue(help.out().contains("Examples:"), help::out);
    assertEquals(help.out(), Run.of("help", "train").expect(ExitCode.OK).out());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quickstart",
        "export",
        "train",
        "eval",
        "predict",
        "generate",
        "chat",
        "embed",
        "merge",
        "convert",
        "inspect",
        "adapters",
        "adapters add",
        "adapters list",
        "adapters show",
        "adapters history",
        "adapters diff",
        "adapters promote",
        "adapters rollback",
        "adapters unalias",
        "adapters activate",
        "adapters deprecate",
        "adapters block",
        "adapters delete",
        "adapters tag",
        "adapters untag",
        "adapters pull",
        "adapters export",
        "adapters import",
        "adapters lineage",
        "adapters search",
        "adapters audit",
        "adapters combine",
        "adapters resize",
        "tenants",
        "tenants create",
        "tenants list",
        "tenants show",
        "tenants quota",
        "store",
        "store init",
        "store stats",
        "store watch",
        "store fsck",
        "store gc",
        "store migrate",
        "data check",
        "sample",
        "doctor",
        "completion"
      })
  void everyCommandHasHelpThatFitsAnEightyColumnTerminal(String command) {
    Object[] words = (command + " --help").split(" ", -1);

    String help = Run.of(words).expect(ExitCode.OK).out();

    assertTrue(help.startsWith("Usage: graft " + command), help);
    List<String> wide = help.lines().filter(line -> line.length() > 80).toList();
    assertEquals(List.of(), wide);
  }

  @Test
  void everyTrainingOptionHasItsFlag() {
    assertEquals(
        new TreeSet<>(TrainingOptions.names()), new TreeSet<>(TrainingFlags.optionNames()));
  }

  @Test
  void printsACompletionScriptWithEveryCommand() {
    String script = Run.of("completion").expect(ExitCode.OK).out();

    for (String command :
        List.of("train", "export", "quickstart", "--max-steps", "combine", "--majority-sign")) {
      assertTrue(script.contains(command), command);
    }
  }

  @Test
  void saysItsVersions() {
    String version = Run.of("--version").expect(ExitCode.OK).out();

    assertTrue(version.matches("(?s)graft \\d.*ONNX Runtime 1\\..*Java \\d.*"), version);
  }

  @Test
  void doesNotLetForeignTextDriveTheTerminal() {
    Run run = Run.of("inspect", "no\u001b[31mwhere\nx");

    assertFalse(run.err().contains("\u001b"), run::err);
    assertEquals(3, run.err().lines().count());
  }

  @Test
  void usesColoursOnATerminalUnlessTheyAreNotWanted() {
    assertTrue(styled(Map.of(), true).contains("\u001b[1m"));
    assertFalse(styled(Map.of("NO_COLOR", "1"), true).contains("\u001b"));
    assertFalse(styled(Map.of("TERM", "dumb"), true).contains("\u001b"));
    assertFalse(styled(Map.of(), false).contains("\u001b"));
  }

  private static String styled(Map<String, String> env, boolean colors) {
    var console =
        new dev.graft.cli.screen.Console(
            java.io.InputStream.nullInputStream(),
            java.io.OutputStream.nullOutputStream(),
            java.io.OutputStream.nullOutputStream(),
            env,
            true,
            true,
            true,
            80);
    return new Screen(console, colors, false).style().bold("x");
  }
}
