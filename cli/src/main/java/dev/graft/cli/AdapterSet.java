package dev.graft.cli;

import dev.graft.adapter.NearestNames;
import dev.graft.cli.screen.Screen;
import dev.graft.data.Example;
import dev.graft.infer.Engine;
import dev.graft.infer.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The adapters of one command, loaded, and which of them answers which row. */
final class AdapterSet {
  private final Set<String> names;

  private AdapterSet(Set<String> names) {
    this.names = names;
  }

  /** Loads every adapter into the engine under its name. */
  static AdapterSet load(Engine engine, List<AdapterArgument> adapters, Screen screen)
      throws IOException {
    Set<String> names = new TreeSet<>();
    for (AdapterArgument argument : adapters) {
      if (!names.add(argument.name())) {
        throw CommandFailure.usage(
            "two adapters are called '%s'".formatted(argument.name()),
            "rows could not tell them apart",
            "give them names: --adapter NAME=DIR");
      }
      try {
        engine.load(argument.name(), Inputs.adapter(argument.path(), screen));
      } catch (IllegalArgumentException e) {
        throw Failures.explain(e, "use the adapter '%s'".formatted(argument.path()));
      }
    }
    return new AdapterSet(names);
  }

  /** Which adapter answers each row; without any, the base does. */
  List<Request> requests(List<Example> rows, String source) {
    List<Request> requests = new ArrayList<>();
    for (Example row : rows) {
      requests.add(new Request(row.text(), adapterOf(row, source)));
    }
    return requests;
  }

  private Optional<String> adapterOf(Example row, String source) {
    if (row.adapter().isPresent()) {
      String wanted = row.adapter().get();
      if (!names.contains(wanted)) {
        String near = NearestNames.suggestion(wanted, names);
        throw new CommandFailure(
            ExitCode.INVALID,
            "cannot answer line %d of %s".formatted(row.line(), source),
            "it asks for the adapter '%s'; loaded are %s".formatted(wanted, names),
            near.isEmpty()
                ? "load it with --adapter %s=DIR".formatted(wanted)
                : near.replace('"', '\''));
      }
      return row.adapter();
    }
    if (names.size() > 1) {
      throw new CommandFailure(
          ExitCode.INVALID,
          "cannot answer line %d of %s".formatted(row.line(), source),
          "it does not say which of the adapters %s answers it".formatted(names),
          "give the row an \"adapter\", or give one --adapter only");
    }
    return names.stream().findFirst();
  }
}
