package dev.graft.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.cli.screen.Screen;
import dev.graft.export.Bundle;
import dev.graft.train.TextScore;
import dev.graft.train.TextScorer;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;

/** What {@code graft eval} says of a decoder. */
final class TextScores {
  private TextScores() {}

  static void answer(
      CommandContext context,
      Bundle bundle,
      Optional<AdapterArgument> named,
      TextScorer.Request request,
      StoreAdapters store,
      boolean json)
      throws IOException {
    Screen screen = context.screen();
    Optional<Adapter> adapter = Optional.empty();
    if (named.isPresent()) {
      adapter = Optional.of(store.load(named.get().source()));
    }
    TextScorer.Result result = TextScorer.score(bundle, adapter, request);
    TextScore score = result.score();
    if (json) {
      screen.printJson(json(result));
    } else {
      screen.print(
          "%s perplexity   nll %s   token accuracy %s   %d texts, %d tokens"
              .formatted(
                  screen.style().bold(String.format(Locale.ROOT, "%.3f", score.perplexity())),
                  EvalCommand.number(score.meanNll()),
                  EvalCommand.percent(score.accuracy()),
                  score.texts(),
                  score.tokens()));
    }
    if (result.truncatedRows() > 0) {
      screen.note(
          "%d texts were longer than the model's context and were cut"
              .formatted(result.truncatedRows()));
    }
  }

  private static ObjectNode json(TextScorer.Result result) {
    TextScore score = result.score();
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("count", score.texts());
    out.put("tokens", score.tokens());
    out.put("nll", score.meanNll());
    out.put("perplexity", score.perplexity());
    out.put("tokenAccuracy", score.accuracy());
    out.put("truncated", result.truncatedRows());
    return out;
  }
}
