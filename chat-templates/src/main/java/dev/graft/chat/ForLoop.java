package dev.graft.chat;

import java.util.ArrayList;
import java.util.List;

/** A {@code for}: every turn has a scope of its own. */
record ForLoop(Target target, Expr items, Expr condition, Stmt body, Stmt otherwise)
    implements Stmt {
  @Override
  public Flow run(Scope scope, Output out) {
    Run run = scope.run();
    List<Object> chosen = new ArrayList<>();
    for (Object item : Values.items(items.in(scope), run)) {
      run.step();
      Scope turn = scope.inner();
      target.set(turn, item);
      if (Values.truth(condition.in(turn))) {
        chosen.add(item);
      }
    }
    if (chosen.isEmpty()) {
      return otherwise.run(scope.inner(), out);
    }
    Loop loop = new Loop(chosen, scope.get("loop") instanceof Loop outer ? outer.depth() + 1 : 1);
    for (int i = 0; i < chosen.size(); i++) {
      run.step();
      Scope turn = scope.inner();
      loop.at(i);
      turn.set("loop", loop);
      target.set(turn, chosen.get(i));
      if (body.run(turn, out) == Flow.BREAK) {
        break;
      }
    }
    return Flow.ON;
  }
}
