package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.data.chat.ChatMessage;
import dev.graft.data.chat.ChatTemplate;
import dev.graft.generate.GenerationEngine;
import dev.graft.generate.GenerationRequest;
import dev.graft.generate.Prompt;
import dev.graft.resident.LoadedAdapter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What was said so far, and who is to answer next, and how. */
final class Conversation {
  private final GenerationEngine engine;
  private final ChatTemplate template;
  private final AdapterSet adapters;
  private final List<ChatMessage> messages = new ArrayList<>();
  private AnswerPlan plan;
  private Optional<String> system = Optional.empty();
  private Optional<String> adapter = Optional.empty();

  Conversation(
      GenerationEngine engine, ChatTemplate template, AdapterSet adapters, AnswerPlan plan) {
    this.engine = engine;
    this.template = template;
    this.adapters = adapters;
    this.plan = plan;
  }

  /**
   * The request for the answer to what the user says now. The whole conversation is the prompt, so
   * that the answer depends on nothing else; the answer may fill the rest of the context.
   */
  GenerationRequest ask(String text) {
    List<ChatMessage> all = new ArrayList<>(history());
    all.add(ChatMessage.of("user", text));
    String rendered = template.render(all, Map.of(), true);
    int[] tokens = engine.tokenizer().tokenize(rendered, false).ids();
    int virtual = adapter.map(adapters.adapters()::get).map(LoadedAdapter::virtualTokens).orElse(0);
    int context = engine.bundle().manifest().maxLength();
    int room = context - virtual - tokens.length;
    if (room < 1) {
      throw new CommandFailure(
          ExitCode.INVALID,
          "the conversation is too long",
          "it has %d tokens, and the model's context takes %d"
              .formatted(virtual + tokens.length, context),
          "forget it with /clear, or /save it first");
    }
    int most = Math.min(plan.stopping().maxNewTokens(), room);
    Prompt prompt = Prompt.ofTokens(Arrays.stream(tokens).boxed().toList());
    GenerationRequest request =
        plan.withStopping(plan.stopping().withMaxNewTokens(most)).of(GenerationRequest.of(prompt));
    return adapter.map(request::withAdapter).orElse(request);
  }

  /** Keeps a question and its answer. */
  void answered(String text, String answer) {
    messages.add(ChatMessage.of("user", text));
    messages.add(ChatMessage.of("assistant", answer));
  }

  private List<ChatMessage> history() {
    List<ChatMessage> all = new ArrayList<>();
    system.ifPresent(words -> all.add(ChatMessage.of("system", words)));
    all.addAll(messages);
    return all;
  }

  /** The conversation as a row of data, for training as well as for generating. */
  ObjectNode json() {
    ObjectNode row = JsonNodeFactory.instance.objectNode();
    ArrayNode list = row.putArray("messages");
    for (ChatMessage message : history()) {
      list.addObject()
          .put("role", message.role())
          .put("content", String.valueOf(message.fields().get("content")));
    }
    adapter.ifPresent(name -> row.put("adapter", name));
    return row;
  }

  /** How many messages were exchanged, without the system's. */
  int size() {
    return messages.size();
  }

  /** Forgets what was said; the system message stays. */
  void clear() {
    messages.clear();
  }

  AdapterSet adapters() {
    return adapters;
  }

  /** The adapter that answers; the base where absent. */
  Optional<String> adapter() {
    return adapter;
  }

  void use(Optional<String> name) {
    this.adapter = name;
  }

  AnswerPlan plan() {
    return plan;
  }

  void plan(AnswerPlan value) {
    this.plan = value;
  }

  void system(Optional<String> words) {
    this.system = words;
  }
}
