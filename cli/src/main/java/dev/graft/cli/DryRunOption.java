package dev.graft.cli;

import picocli.CommandLine.Option;

/** {@code --dry-run} of a command that changes something other than the registry. */
final class DryRunOption {
  @Option(
      names = "--dry-run",
      order = 802,
      description = "Check everything and say what would happen, but change nothing.")
  boolean dryRun;
}
