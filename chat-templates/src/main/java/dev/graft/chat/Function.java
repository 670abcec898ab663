package dev.graft.chat;

import java.util.List;
import java.util.Map;

/** What a template can call: a function, macro or method; a filter or test on its first value. */
interface Function {
  Object call(Run run, List<Object> values, Map<String, Object> named);

  /** The work of a function whose parameters have names. */
  interface Body {
    Object of(Args args);
  }

  /**
   * A function of some parameters.
   *
   * @param parameters their names; those from {@code required} on may be left out
   */
  static Function of(String name, int required, List<String> parameters, Body body) {
    return (run, values, named) ->
        body.of(Args.bind(name, required, parameters, run, values, named));
  }
}
