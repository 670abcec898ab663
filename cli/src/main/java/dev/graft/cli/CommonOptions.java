package dev.graft.cli;

import picocli.CommandLine.Option;

/** Options that every command has. {@link Graft} reads them before anything is parsed. */
final class CommonOptions {
  static final String HEADING = "%nCommon:%n";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  boolean help;

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress and no notes on standard error, errors only.")
  boolean quiet;

  @Option(names = "--no-color", description = "No colors (as does the variable NO_COLOR).")
  boolean noColor;

  @Option(names = "--debug", description = "Show the stack trace of an error.")
  boolean debug;
}
