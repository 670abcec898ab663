package dev.graft.data.chat;

import dev.graft.chat.Rendered;
import dev.graft.chat.Span;
import dev.graft.chat.TemplateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the assistant's messages in a rendered conversation.
 *
 * <p>The beginning of a conversation up to an assistant's message, with the prompt for it, and the
 * same with the message are both beginnings of the whole, so what lies between is the message. A
 * template that renders a message differently when more follows breaks that; such a template must
 * mark the assistant's text itself.
 */
final class AssistantSpans {
  private final ChatTemplate template;
  private final List<ChatMessage> messages;
  private final Map<String, Object> extras;

  AssistantSpans(ChatTemplate template, List<ChatMessage> messages, Map<String, Object> extras) {
    this.template = template;
    this.messages = messages;
    this.extras = extras;
  }

  MarkedText mark() {
    Rendered whole = template.run(messages, extras, false);
    List<Span> spans = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      if (messages.get(i).fromAssistant() && messages.get(i).learned()) {
        Span span = between(whole.text(), i);
        if (span == null) {
          return byTemplate(whole, i);
        }
        spans.add(span);
      }
    }
    return new MarkedText(whole.text(), spans);
  }

  private @Nullable Span between(String whole, int message) {
    String before = beginning(message, true);
    String after = message + 1 == messages.size() ? whole : beginning(message + 1, false);
    return before != null
            && after != null
            && before.length() <= after.length()
            && whole.startsWith(before)
            && whole.startsWith(after)
        ? new Span(before.length(), after.length())
        : null;
  }

  /** A template may refuse half a conversation. */
  private @Nullable String beginning(int count, boolean prompt) {
    try {
      return template.render(messages.subList(0, count), extras, prompt);
    } catch (TemplateException e) {
      return null;
    }
  }

  private MarkedText byTemplate(Rendered whole, int message) {
    if (!template.marksAnswers(extras)) {
      throw new TemplateException(
          "the chat template renders messages[%d] differently when more of the conversation follows, so the assistant's text cannot be told apart; end the conversation with that message, learn all tokens, or use a template with {%% generation %%} blocks"
              .formatted(message));
    }
    List<Integer> answers = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      if (messages.get(i).fromAssistant()) {
        answers.add(i);
      }
    }
    List<Span> generated = whole.generated();
    if (generated.size() != answers.size()
        && messages.stream().anyMatch(m -> m.fromAssistant() && !m.learned())) {
      throw new TemplateException(
          "the chat template marks %d texts as generated for %d messages of the assistant, so those with weight 0 cannot be told apart"
              .formatted(generated.size(), answers.size()));
    }
    List<Span> spans = new ArrayList<>();
    for (int i = 0; i < generated.size(); i++) {
      if (generated.size() != answers.size() || messages.get(answers.get(i)).learned()) {
        spans.add(generated.get(i));
      }
    }
    return new MarkedText(whole.text(), spans);
  }
}
