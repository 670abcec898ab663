package dev.graft.cli;

import picocli.AutoComplete;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the completion script. */
@Command(
    name = "completion",
    customSynopsis = "graft completion [SHELL]",
    description = "Print a completion script for bash and zsh.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(graft completion)                         # this shell only",
      "  graft completion > ~/.local/share/bash-completion/completions/graft",
      "  echo 'source <(graft completion zsh)' >> ~/.zshrc"
    })
final class CompletionCommand implements Runnable {
  /** Shells the script is for; it is the same for both. */
  enum Shell {
    bash,
    zsh
  }

  private final CommandContext context;

  @Spec private CommandSpec spec;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "SHELL",
      defaultValue = "bash",
      description = "${COMPLETION-CANDIDATES}.")
  Shell shell;

  CompletionCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public void run() {
    context.screen().printRaw(AutoComplete.bash("graft", spec.root().commandLine()));
  }
}
