package dev.graft.testmodels;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** The special tokens in a {@code tokenizer.json}. */
final class SpecialTokens {
  private SpecialTokens() {}

  /** Lists tokens whose ids are their places. */
  static void addTo(ObjectNode root, List<String> tokens) {
    ArrayNode added = root.putArray("added_tokens");
    for (int id = 0; id < tokens.size(); id++) {
      added
          .addObject()
          .put("id", id)
          .put("content", tokens.get(id))
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
  }
}
