package dev.graft.cli;

import dev.graft.chat.TemplateException;
import dev.graft.data.DataException;
import dev.graft.data.ExampleEncoder;
import dev.graft.data.GenerationExample;
import dev.graft.data.chat.ChatMessage;
import dev.graft.data.chat.ChatTemplate;
import dev.graft.export.Bundle;
import dev.graft.generate.Prompt;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns prompts into the tokens that training would have put before the answer. */
final class PromptEncoder {
  private final Bundle bundle;
  private final TextTokenizer tokenizer;
  private final boolean chat;
  private final Optional<String> system;
  private final ExampleEncoder plain;
  private @Nullable ExampleEncoder templated;

  /**
   * For a decoder.
   *
   * @param chat whether a prompt is what a user says
   * @param system what such a conversation begins with
   */
  PromptEncoder(Bundle bundle, TextTokenizer tokenizer, boolean chat, Optional<String> system) {
    this.bundle = bundle;
    this.tokenizer = tokenizer;
    this.chat = chat;
    this.system = system;
    this.plain = encoder(Optional.empty());
  }

  private ExampleEncoder encoder(Optional<ChatTemplate> template) {
    List<Long> ends = bundle.manifest().requireDecoder().eosTokenIds();
    int end = ends.isEmpty() ? -1 : Math.toIntExact(ends.get(0));
    return new ExampleEncoder(tokenizer, end, template, ExampleEncoder.Loss.ANSWERS);
  }

  /**
   * Encodes a row's prompt.
   *
   * @param source where the row is from, for messages
   */
  Prompt prompt(GenerationExample row, String source) throws IOException {
    GenerationExample asked = chat ? conversation(row) : row;
    boolean conversation = asked instanceof GenerationExample.Chat;
    ExampleEncoder encoder = conversation ? templated() : plain;
    int[] tokens = encoder.prompt(asked, Path.of(source));
    return Prompt.ofTokens(Arrays.stream(tokens).boxed().toList());
  }

  private ExampleEncoder templated() throws IOException {
    ExampleEncoder encoder = templated;
    if (encoder == null) {
      encoder = encoder(Optional.of(template(bundle, tokenizer)));
      templated = encoder;
    }
    return encoder;
  }

  /** The model's chat template. */
  static ChatTemplate template(Bundle bundle, TextTokenizer tokenizer) throws IOException {
    return findTemplate(bundle, tokenizer)
        .orElseThrow(
            () ->
                new CommandFailure(
                    ExitCode.INVALID,
                    "'%s' cannot hold a conversation".formatted(bundle.directory()),
                    "its model has no chat template (chat_template.jinja, or \"chat_template\" in"
                        + " tokenizer_config.json)",
                    "use 'graft generate' with plain prompts, or put a template into the checkpoint"
                        + " and export it again"));
  }

  /** The model's chat template, if it has one. */
  static Optional<ChatTemplate> findTemplate(Bundle bundle, TextTokenizer tokenizer)
      throws IOException {
    try {
      return bundle.chatTemplate().isPresent()
          ? ChatTemplate.find(bundle.chatTemplate().get(), tokenizer)
          : Optional.empty();
    } catch (TemplateException e) {
      throw Failures.explain(e, "use the chat template of '%s'".formatted(bundle.directory()));
    }
  }

  private GenerationExample conversation(GenerationExample row) throws DataException {
    if (row instanceof GenerationExample.Chat) {
      return row;
    }
    String text = textOf(row);
    List<ChatMessage> messages = new ArrayList<>();
    system.ifPresent(words -> messages.add(ChatMessage.of("system", words)));
    messages.add(ChatMessage.of("user", text));
    return new GenerationExample.Chat(messages, Map.of(), row.line(), row.adapter());
  }

  private static String textOf(GenerationExample row) {
    if (row instanceof GenerationExample.Prompt prompt) {
      return prompt.prompt();
    }
    if (row instanceof GenerationExample.Completion completion) {
      return completion.prompt();
    }
    return ((GenerationExample.Text) row).text();
  }
}
