package dev.graft.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What stands between the brackets of a call. */
record Arguments(List<Expr> values, Map<String, Expr> named) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  List<Object> values(Scope scope) {
    List<Object> computed = new ArrayList<>();
    values.forEach(value -> computed.add(value.in(scope)));
    return computed;
  }

  Map<String, Object> named(Scope scope) {
    Map<String, Object> computed = new LinkedHashMap<>();
    named.forEach((name, value) -> computed.put(name, value.in(scope)));
    return computed;
  }
}
