package dev.graft.cli;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code graft} without a command shows the help page. */
@Command(
    name = "graft",
    customSynopsis = "graft COMMAND [OPTIONS]",
    description =
        "Trains small adapters of ONNX models, merges them, and swaps them while they serve.",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%n",
    versionProvider = Versions.class,
    footerHeading = "%nStart here:%n",
    footer = {
      "  graft quickstart                see the whole promise in a few minutes",
      "  graft train --help              every option of a command, with examples",
      "",
      "Options may also come from the environment (GRAFT_MAX_STEPS for",
      "--max-steps) and, for train, from a YAML file (--config). Answers go to",
      "standard output, everything else to standard error.",
      "",
      "Exit codes: 0 done, 1 failed, 2 usage, 3 invalid input, 4 not found,",
      "5 not permitted, 6 exists or moved meanwhile, 7 integrity, 8 out of memory,",
      "disk or quota, 9 refused by a gate, 10 registry out of reach, 130 and 143",
      "stopped by a signal."
    })
final class GraftCommand implements Runnable {
  private final CommandContext context;

  @Spec private CommandSpec spec;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the versions of Graft, ONNX Runtime and Java, and exit.")
  boolean version;

  GraftCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public void run() {
    context.screen().printRaw(spec.commandLine().getUsageMessage());
  }
}
