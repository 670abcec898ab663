package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import java.io.IOException;

/** A command on the registry: opens it, does its work, and closes it. */
abstract class RegistryCommand extends PlaceCommand {
  RegistryCommand(CommandContext context) {
    super(context);
  }

  /** What the command does. */
  abstract ExitCode run(AdapterStore store, Screen screen) throws Exception;

  @Override
  public Integer call() throws Exception {
    check();
    try (AdapterStore store = place.open(context())) {
      return run(store, context().screen()).code();
    }
  }

  /** Looks at the options before anything is opened. */
  void check() throws IOException {}
}
