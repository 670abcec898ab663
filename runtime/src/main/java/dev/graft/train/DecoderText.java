package dev.graft.train;

import dev.graft.data.ExampleEncoder;
import dev.graft.data.chat.ChatTemplate;
import dev.graft.module.DecoderInfo;
import dev.graft.text.SpecialToken;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.util.Optional;

/** Turns the examples of a decoder's data into tokens. Holds a tokenizer until it is closed. */
final class DecoderText implements AutoCloseable {
  private final TextTokenizer tokenizer;
  private final ExampleEncoder encoder;

  private DecoderText(TextTokenizer tokenizer, ExampleEncoder encoder) {
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  static DecoderText open(TrainingModels models, ExampleEncoder.Loss loss) throws IOException {
    DecoderInfo decoder =
        models
            .base()
            .decoder()
            .orElseThrow(() -> new TrainingException("the bundle holds no decoder"));
    if (decoder.eosTokenIds().isEmpty()) {
      throw new TrainingException(
          "the model names no end token (eos_token_id); a text would never end");
    }
    TextTokenizer tokenizer = TextTokenizer.open(models.tokenizer());
    boolean complete = false;
    try {
      Optional<ChatTemplate> template = Optional.empty();
      if (models.chatTemplate().isPresent()) {
        template = ChatTemplate.find(models.chatTemplate().get(), tokenizer);
      }
      ExampleEncoder encoder =
          new ExampleEncoder(tokenizer, endToken(tokenizer, decoder), template, loss);
      complete = true;
      return new DecoderText(tokenizer, encoder);
    } finally {
      if (!complete) {
        tokenizer.close();
      }
    }
  }

  /**
   * The token to end texts with: the tokenizer's own, as other trainers take it, where the model
   * ends at it; a model may end at several.
   */
  private static int endToken(TextTokenizer tokenizer, DecoderInfo decoder) {
    return tokenizer
        .specialToken("eos_token")
        .map(SpecialToken::id)
        .filter(id -> decoder.eosTokenIds().contains((long) id))
        .orElseGet(() -> Math.toIntExact(decoder.eosTokenIds().get(0)));
  }

  ExampleEncoder encoder() {
    return encoder;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
