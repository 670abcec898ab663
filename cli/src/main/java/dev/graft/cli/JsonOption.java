package dev.graft.cli;

import picocli.CommandLine.Option;

/** {@code --json}, for commands whose answer is otherwise laid out for people. */
final class JsonOption {
  @Option(names = "--json", description = "Answer (and report errors) as JSON.")
  boolean json;
}
