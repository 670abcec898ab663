package dev.graft.data;

import dev.graft.chat.Span;
import dev.graft.chat.TemplateException;
import dev.graft.data.GenerationExample.Chat;
import dev.graft.data.GenerationExample.Completion;
import dev.graft.data.GenerationExample.Prompt;
import dev.graft.data.GenerationExample.Text;
import dev.graft.data.chat.ChatMessage;
import dev.graft.data.chat.ChatTemplate;
import dev.graft.data.chat.MarkedText;
import dev.graft.text.TextTokenizer;
import dev.graft.text.TokenizedText;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Turns examples into tokens and says which of them are to be learned. Threads may share one.
 *
 * <p>A text, or a prompt and its completion joined as they stand, gets the special tokens that the
 * tokenizer puts around a text, and the end token after it. A conversation is what the chat
 * template makes of it: the template writes all special tokens itself.
 */
public final class ExampleEncoder {
  /** Which tokens count in the loss. */
  public enum Loss {
    /** Completions with the end token, texts, and what the assistant says in conversations. */
    ANSWERS,
    /** All tokens. */
    ALL
  }

  private final TextTokenizer tokenizer;
  private final int endId;
  private final Optional<ChatTemplate> template;
  private final Loss loss;

  /**
   * Encode for one model.
   *
   * @param endId the token that ends a text
   * @param template the model's chat template, if it has one; without it conversations are refused
   */
  public ExampleEncoder(
      TextTokenizer tokenizer, int endId, Optional<ChatTemplate> template, Loss loss) {
    this.tokenizer = tokenizer;
    this.endId = endId;
    this.template = template;
    this.loss = loss;
  }

  int padId() {
    return tokenizer.padId();
  }

  /** The whole of an example, for training and evaluation. */
  EncodedExample encode(GenerationExample example, Path file) throws DataException {
    if (example instanceof Chat chat) {
      return chat(chat, file);
    }
    if (example instanceof Completion completion) {
      int start = completion.prompt().length();
      String text = completion.prompt() + completion.completion();
      return ended(text, new Span(start, text.length()), completion.line());
    }
    if (example instanceof Text text) {
      return ended(text.text(), new Span(0, text.text().length()), text.line());
    }
    throw DataException.at(
        file, example.line(), "row has a prompt but no completion to learn; add one");
  }

  /**
   * The tokens that an answer is to follow: a prompt, or a conversation with the beginning of the
   * assistant's next message. A completion, or an assistant's message at the end, is left out.
   *
   * @param file the file that the example is from, for messages
   */
  public int[] prompt(GenerationExample example, Path file) throws DataException {
    if (example instanceof Chat chat) {
      List<ChatMessage> messages = chat.messages();
      int last = messages.size() - 1;
      boolean answered = messages.get(last).fromAssistant();
      String text =
          rendered(
              chat,
              file,
              t -> t.render(answered ? messages.subList(0, last) : messages, chat.extras(), true));
      return tokenizer.tokenize(text, false).ids();
    }
    if (example instanceof Completion completion) {
      return prompt(completion.prompt());
    }
    if (example instanceof Prompt prompt) {
      return prompt(prompt.prompt());
    }
    return prompt(((Text) example).text());
  }

  /** The tokens of a prompt, without the special tokens that would close it. */
  public int[] prompt(String text) {
    TokenizedText tokens = tokenizer.tokenize(text, true);
    int length = tokens.length();
    boolean empty = text.isEmpty();
    while (length > 0 && tokens.added(length - 1) && (!empty || tokens.id(length - 1) == endId)) {
      length--;
    }
    return Arrays.copyOf(tokens.ids(), length);
  }

  private EncodedExample ended(String text, Span answer, long line) {
    TokenizedText tokens = tokenizer.tokenize(text, true);
    int count = tokens.length();
    boolean ends = count > 0 && tokens.added(count - 1) && tokens.id(count - 1) == endId;
    int[] ids = Arrays.copyOf(tokens.ids(), ends ? count : count + 1);
    ids[ids.length - 1] = endId;
    Labels labels = new Labels(tokens, ids.length);
    labels.mark(answer);
    labels.mark(ids.length - 1);
    return finish(ids, labels, line);
  }

  private EncodedExample chat(Chat chat, Path file) throws DataException {
    if (chat.messages().stream().noneMatch(ChatMessage::fromAssistant)) {
      throw DataException.at(
          file,
          chat.line(),
          "conversation has no message of role \"assistant\", so there is nothing to learn; add one or remove the row");
    }
    boolean all = loss == Loss.ALL;
    MarkedText marked =
        rendered(
            chat,
            file,
            t ->
                all
                    ? new MarkedText(t.render(chat.messages(), chat.extras(), false), List.of())
                    : t.mark(chat.messages(), chat.extras()));
    TokenizedText tokens = tokenizer.tokenize(marked.text(), false);
    Labels labels = new Labels(tokens, tokens.length());
    for (Span span : marked.learned()) {
      labels.mark(span);
      labels.unmarkBlanksAfterSpecial(span, marked.text(), tokenizer);
    }
    return finish(tokens.ids(), labels, chat.line());
  }

  private EncodedExample finish(int[] ids, Labels labels, long line) {
    boolean[] learned = labels.learned();
    if (loss == Loss.ALL) {
      Arrays.fill(learned, true);
    }
    if (learned.length > 0) {
      learned[0] = false;
    }
    return new EncodedExample(new TokenSequence(ids, learned, line), labels.shared());
  }

  /** What is done with a template. */
  private interface Rendering<T> {
    T of(ChatTemplate template);
  }

  private <T> T rendered(Chat chat, Path file, Rendering<T> rendering) throws DataException {
    ChatTemplate used =
        template.orElseThrow(
            () ->
                DataException.at(
                    file,
                    chat.line(),
                    "row is a conversation but the model has no chat template (chat_template.jinja, or \"chat_template\" in tokenizer_config.json); use \"prompt\" and \"completion\""));
    Optional<String> ignored = used.ignored(chat.messages(), chat.extras());
    if (ignored.isPresent()) {
      throw DataException.at(
          file,
          chat.line(),
          "row has \"%s\", which the model's chat template does not read; remove it"
              .formatted(ignored.get()));
    }
    try {
      return rendering.of(used);
    } catch (TemplateException e) {
      throw DataException.at(file, chat.line(), String.valueOf(e.getMessage()), e);
    }
  }
}
