package dev.graft.chat;

import java.util.List;

/** The variable {@code loop} in a {@code for}. */
final class Loop {
  private final List<Object> items;
  private final int depth;
  private int index;

  Loop(List<Object> items, int depth) {
    this.items = items;
    this.depth = depth;
  }

  void at(int position) {
    this.index = position;
  }

  int depth() {
    return depth;
  }

  Object get(String name) {
    int size = items.size();
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> (long) size - index;
      case "revindex0" -> size - index - 1L;
      case "first" -> index == 0;
      case "last" -> index == size - 1;
      case "length" -> (long) size;
      case "depth" -> (long) depth;
      case "depth0" -> depth - 1L;
      case "previtem" -> index == 0 ? Undefined.in(this, name) : items.get(index - 1);
      case "nextitem" -> index == size - 1 ? Undefined.in(this, name) : items.get(index + 1);
      case "cycle" ->
          (Function)
              (run, values, named) -> {
                if (values.isEmpty()) {
                  throw new Fault("loop.cycle has nothing to choose from");
                }
                return values.get(index % values.size());
              };
      default -> throw new Fault("loop.%s is not supported".formatted(name));
    };
  }
}
