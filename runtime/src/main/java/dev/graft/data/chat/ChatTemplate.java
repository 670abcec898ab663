package dev.graft.data.chat;

import dev.graft.chat.JinjaTemplate;
import dev.graft.chat.None;
import dev.graft.chat.Rendered;
import dev.graft.text.SpecialToken;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model's chat template: turns a conversation into the text that the model was trained on, as
 * Transformers' {@code apply_chat_template} does. Threads may share one.
 *
 * <p>A template is a program from outside; {@link JinjaTemplate} says what it may do. All methods
 * that render throw {@link dev.graft.chat.TemplateException} if the template fails, refuses the
 * conversation, or exceeds a limit.
 */
public final class ChatTemplate {
  private static final String DEFAULT = "default";
  private static final String WITH_TOOLS = "tool_use";

  /** What would be lost unseen if a template did not read it. */
  private static final List<String> CONTENT_FIELDS =
      List.of("tool_calls", "function_call", "reasoning_content", "thinking", "reasoning");

  /** Names of one thing; the first is the one to be. */
  private static final List<String> REASONING =
      List.of("reasoning_content", "thinking", "reasoning");

  private final Map<String, JinjaTemplate> templates;
  private final Map<String, String> tokens;

  private ChatTemplate(Map<String, JinjaTemplate> templates, Map<String, String> tokens) {
    this.templates = templates;
    this.tokens = tokens;
  }

  /**
   * Find the template of a model's folder: {@code chat_template.jinja}, else {@code chat_template}
   * in {@code tokenizer_config.json}, which may be one or a list of named ones.
   *
   * @return nothing if the model has none
   * @throws IOException if a file cannot be read or is not as it should be
   * @throws dev.graft.chat.TemplateException if a template uses what is not supported
   */
  public static Optional<ChatTemplate> find(Path folder, TextTokenizer tokenizer)
      throws IOException {
    Map<String, String> sources = TemplateFiles.read(folder);
    if (sources.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(of(sources, tokenizer.specialTokens().values()));
  }

  /** Use a template given as text. */
  public static ChatTemplate of(String source, Collection<SpecialToken> tokens) {
    return of(Map.of(DEFAULT, source), tokens);
  }

  private static ChatTemplate of(Map<String, String> sources, Collection<SpecialToken> tokens) {
    Map<String, JinjaTemplate> templates = new LinkedHashMap<>();
    sources.forEach(
        (name, source) ->
            templates.put(name, JinjaTemplate.parse(source, Clock.system(ZoneId.systemDefault()))));
    Map<String, String> texts = new LinkedHashMap<>();
    tokens.forEach(token -> texts.put(token.role(), token.text()));
    return new ChatTemplate(templates, texts);
  }

  /**
   * Render a conversation.
   *
   * @param extras further variables, such as {@code tools}
   * @param generationPrompt whether to begin the assistant's next message
   */
  public String render(
      List<ChatMessage> messages, Map<String, Object> extras, boolean generationPrompt) {
    return run(messages, extras, generationPrompt).text();
  }

  /** Render a conversation and find the assistant's messages in it, to be learned. */
  public MarkedText mark(List<ChatMessage> messages, Map<String, Object> extras) {
    return new AssistantSpans(this, messages, extras).mark();
  }

  /**
   * Name a part of a conversation that the template never reads: it would be lost without a word.
   */
  public Optional<String> ignored(List<ChatMessage> messages, Map<String, Object> extras) {
    JinjaTemplate template = chosen(extras);
    List<String> given = new ArrayList<>(extras.keySet());
    for (ChatMessage message : messages) {
      for (String name : CONTENT_FIELDS) {
        if (message.fields().getOrDefault(name, None.NONE) != None.NONE) {
          given.add(name);
        }
      }
    }
    return given.stream().filter(name -> !reads(template, name)).findFirst();
  }

  private static boolean reads(JinjaTemplate template, String name) {
    return REASONING.contains(name)
        ? REASONING.stream().limit(2).anyMatch(template::mentions)
        : template.mentions(name);
  }

  Rendered run(List<ChatMessage> messages, Map<String, Object> extras, boolean generationPrompt) {
    Map<String, Object> variables = new LinkedHashMap<>(tokens);
    variables.put("tools", None.NONE);
    variables.put("documents", None.NONE);
    variables.putAll(extras);
    variables.put("messages", messages.stream().map(ChatTemplate::values).toList());
    variables.put("add_generation_prompt", generationPrompt);
    return chosen(extras).render(variables);
  }

  /** Whether the template itself says what the assistant's text is. */
  boolean marksAnswers(Map<String, Object> extras) {
    return chosen(extras).marksGeneration();
  }

  private JinjaTemplate chosen(Map<String, Object> extras) {
    String name =
        extras.containsKey("tools") && templates.containsKey(WITH_TOOLS) ? WITH_TOOLS : DEFAULT;
    JinjaTemplate template = templates.get(name);
    if (template == null) {
      throw new IllegalStateException("there is no template \"%s\"".formatted(name));
    }
    return template;
  }

  private static Map<String, Object> values(ChatMessage message) {
    Map<String, Object> fields = message.fields();
    Optional<Object> reasoning =
        REASONING.stream()
            .map(name -> fields.getOrDefault(name, None.NONE))
            .filter(value -> value != None.NONE)
            .findFirst();
    if (reasoning.isEmpty()) {
      return fields;
    }
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("thinking", reasoning.get());
    values.putAll(fields);
    values.put("reasoning_content", reasoning.get());
    return values;
  }

  /** The names of the templates. */
  public Set<String> names() {
    return templates.keySet();
  }
}
