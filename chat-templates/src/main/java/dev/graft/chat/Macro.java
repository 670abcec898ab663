package dev.graft.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A part of a template with parameters; called, it gives its text. */
record Macro(String name, Map<String, Expr> parameters, Stmt body) {
  /** The macro as a value, seeing the variables of where it stands. */
  Function in(Scope scope) {
    List<String> names = List.copyOf(parameters.keySet());
    String what = "macro \"%s\"".formatted(name);
    return (run, values, named) -> {
      Args args = Args.bind(what, 0, names, run, values, named);
      Scope inner = scope.inner();
      List<Expr> defaults = new ArrayList<>(parameters.values());
      for (int i = 0; i < names.size(); i++) {
        Object given = args.given(i) ? args.get(i) : defaults.get(i).in(inner);
        inner.set(names.get(i), given);
      }
      Output text = new Output(run);
      run.enter();
      body.run(inner, text);
      run.leave();
      return text.toString();
    };
  }
}
