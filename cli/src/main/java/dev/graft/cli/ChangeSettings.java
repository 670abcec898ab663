package dev.graft.cli;

import dev.graft.store.Change;
import picocli.CommandLine.Option;

/** Who changes the registry, why, and whether really. */
final class ChangeSettings extends AuthorSettings {
  @Option(
      names = "--dry-run",
      order = 802,
      description = "Check everything and say what would happen, but change nothing.")
  boolean dryRun;

  @Override
  Change change() {
    Change change = super.change();
    return dryRun ? change.dry() : change;
  }
}
