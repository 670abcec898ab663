package dev.graft.cli;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.NearestNames;
import dev.graft.data.Example;
import dev.graft.infer.Request;
import dev.graft.resident.LoadedAdapter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The adapters of one command, loaded, and which of them answers which row. */
final class AdapterSet {
  private final NavigableMap<String, LoadedAdapter> loaded;

  private AdapterSet(NavigableMap<String, LoadedAdapter> loaded) {
    this.loaded = loaded;
  }

  /** What adapters are loaded into. */
  interface Loader {
    LoadedAdapter load(String name, Adapter adapter);
  }

  /** Loads every adapter under its name. */
  static AdapterSet load(Loader engine, List<AdapterArgument> adapters, StoreAdapters store)
      throws IOException {
    NavigableMap<String, LoadedAdapter> loaded = new TreeMap<>();
    for (AdapterArgument argument : adapters) {
      if (loaded.containsKey(argument.name())) {
        throw CommandFailure.usage(
            "two adapters are called '%s'".formatted(argument.name()),
            "rows could not tell them apart",
            "give them names: --adapter NAME=DIR");
      }
      try {
        Adapter adapter = store.load(argument.source());
        loaded.put(argument.name(), engine.load(argument.name(), adapter));
      } catch (IllegalArgumentException e) {
        throw Failures.explain(e, "use the adapter '%s'".formatted(argument.source().text()));
      }
    }
    return new AdapterSet(loaded);
  }

  /** The adapters by name. */
  NavigableMap<String, LoadedAdapter> adapters() {
    return Collections.unmodifiableNavigableMap(loaded);
  }

  /** Which adapter answers each row; without any, the base does. */
  List<Request> requests(List<Example> rows, String source) {
    List<Request> requests = new ArrayList<>();
    for (Example row : rows) {
      requests.add(new Request(row.text(), adapterOf(row.adapter(), row.line(), source)));
    }
    return requests;
  }

  /**
   * Which adapter answers a row.
   *
   * @param asked the adapter that the row names; where absent, the only one answers
   */
  Optional<String> adapterOf(Optional<String> asked, long line, String source) {
    Set<String> names = loaded.keySet();
    if (asked.isPresent()) {
      String wanted = asked.get();
      if (!names.contains(wanted)) {
        String near = NearestNames.suggestion(wanted, names);
        throw new CommandFailure(
            ExitCode.INVALID,
            "cannot answer line %d of %s".formatted(line, source),
            "it asks for the adapter '%s'; loaded are %s".formatted(wanted, names),
            near.isEmpty()
                ? "load it with --adapter %s=DIR".formatted(wanted)
                : near.replace('"', '\''));
      }
      return asked;
    }
    if (names.size() > 1) {
      throw new CommandFailure(
          ExitCode.INVALID,
          "cannot answer line %d of %s".formatted(line, source),
          "it does not say which of the adapters %s answers it".formatted(names),
          "give the row an \"adapter\", or give one --adapter only");
    }
    return names.stream().findFirst();
  }
}
