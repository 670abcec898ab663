package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.generate.GenerationRequest;
import dev.graft.generate.GenerationResult;
import dev.graft.generate.TokenScore;
import dev.graft.text.TextTokenizer;
import java.time.Duration;

/** An answer as programs read it. */
final class AnswerJson {
  private AnswerJson() {}

  static ObjectNode of(
      GenerationRequest request, GenerationResult result, TextTokenizer tokenizer) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("text", result.text());
    result.tokens().forEach(out.putArray("tokens")::add);
    out.put("finishReason", result.finishReason().text());
    out.put("promptTokens", result.promptTokens());
    out.put("adapter", result.adapter());
    out.put("adapterDigest", result.adapterDigest());
    if (!request.sampling().isGreedy()) {
      out.put("seed", request.sampling().seed());
    }
    out.put("firstTokenMs", millis(result.firstTokenAfter()));
    out.put("totalMs", millis(result.total()));
    if (request.topScores().isPresent()) {
      ArrayNode scores = out.putArray("logprobs");
      for (TokenScore score : result.scores()) {
        ObjectNode chosen = scores.addObject();
        put(chosen, score.chosen(), tokenizer);
        ArrayNode top = chosen.putArray("top");
        score.top().forEach(candidate -> put(top.addObject(), candidate, tokenizer));
      }
    }
    return out;
  }

  private static void put(ObjectNode to, TokenScore.Candidate candidate, TextTokenizer tokenizer) {
    to.put("token", candidate.token());
    to.put("text", tokenizer.decode(new int[] {candidate.token()}, false));
    to.put("logprob", candidate.logProb());
  }

  private static double millis(Duration time) {
    return Math.round(time.toNanos() / 1e3) / 1e3;
  }
}
