package dev.graft.cli;

import dev.graft.store.Change;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Who changes the registry, and why; both are kept in its audit log. */
class AuthorSettings {
  @Option(
      names = "--note",
      order = 800,
      paramLabel = "TEXT",
      description = "Why; kept in the history and the audit log.")
  Optional<String> note = Optional.empty();

  @Option(
      names = "--author",
      order = 801,
      paramLabel = "NAME",
      description = "Who; kept likewise. Default: GRAFT_AUTHOR of the environment, else your user.")
  Optional<String> author = Optional.empty();

  /** The change, really to be made. */
  Change change() {
    String who = author.orElse(System.getProperty("user.name", ""));
    if (who.isBlank() || who.equals("?")) {
      throw CommandFailure.usage(
          "nobody changes the registry",
          "this system does not say who you are",
          "give --author NAME, or set GRAFT_AUTHOR");
    }
    return Change.by(who).note(note.orElse(""));
  }
}
