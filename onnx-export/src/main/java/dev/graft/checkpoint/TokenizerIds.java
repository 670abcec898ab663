package dev.graft.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * Finds the largest token id in a {@code tokenizer.json}: in {@code model.vocab}, an object of ids
 * (WordPiece, BPE, WordLevel) or a list whose places are the ids (Unigram), and in {@code
 * added_tokens}. Reads the file token by token, because a tree of a large vocabulary takes many
 * times the file's size.
 */
final class TokenizerIds {
  private final JsonParser parser;
  private long largest = -1;

  private TokenizerIds(JsonParser parser) {
    this.parser = parser;
  }

  static OptionalLong largest(Path file) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(file.toFile())) {
      TokenizerIds ids = new TokenizerIds(parser);
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new CheckpointException(file, "is no JSON object; expected a tokenizer");
      }
      ids.top();
      return ids.largest < 0 ? OptionalLong.empty() : OptionalLong.of(ids.largest);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          file, "is not valid JSON: %s; download it again".formatted(e.getOriginalMessage()));
    }
  }

  private void top() throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      if (field.equals("model") && value == JsonToken.START_OBJECT) {
        model();
      } else if (field.equals("added_tokens") && value == JsonToken.START_ARRAY) {
        addedTokens();
      } else {
        parser.skipChildren();
      }
    }
  }

  private void model() throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean isVocabulary = parser.currentName().equals("vocab");
      JsonToken value = parser.nextToken();
      if (isVocabulary && value == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          parser.nextToken();
          id();
        }
      } else if (isVocabulary && value == JsonToken.START_ARRAY) {
        for (long place = 0; parser.nextToken() != JsonToken.END_ARRAY; place++) {
          parser.skipChildren();
          largest = Math.max(largest, place);
        }
      } else {
        parser.skipChildren();
      }
    }
  }

  private void addedTokens() throws IOException {
    while (parser.nextToken() == JsonToken.START_OBJECT) {
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean isId = parser.currentName().equals("id");
        parser.nextToken();
        if (isId) {
          id();
        }
        parser.skipChildren();
      }
    }
  }

  private void id() throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
      largest = Math.max(largest, parser.getLongValue());
    }
    parser.skipChildren();
  }
}
