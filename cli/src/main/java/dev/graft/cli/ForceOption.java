package dev.graft.cli;

import picocli.CommandLine.Option;

/** For changes that put something out of service. */
final class ForceOption {
  @Option(
      names = "--force",
      description =
          "Also where an alias points to a version that is refused from then on; without it such a change is refused.")
  boolean force;
}
