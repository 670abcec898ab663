package dev.graft.cli;

import dev.graft.adapter.NearestNames;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.cli.screen.TextTable;
import dev.graft.files.AtomicFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The commands of a conversation: lines that begin with a slash. */
final class ChatCommands {
  private record Command(String usage, String help, Action action) {}

  private interface Action {
    void run(String argument) throws IOException;
  }

  private final Screen screen;
  private final Conversation conversation;
  private final Map<String, Command> table = new LinkedHashMap<>();

  ChatCommands(Screen screen, Conversation conversation) {
    this.screen = screen;
    this.conversation = conversation;
    add("/adapter", " [NAME]", "who answers from now on; alone: all adapters", this::adapter);
    add("/base", "", "the base model answers, without an adapter", this::base);
    add("/clear", "", "forget what was said; the system message stays", this::clear);
    add("/system", " [TEXT]", "begin the conversation so; alone: without", this::system);
    add("/set", " [NAME VALUE]", "how answers are generated; alone: all settings", this::set);
    add("/save", " FILE", "write the conversation as a line of training data", this::save);
    add("/help", "", "this list; //TEXT says a text that begins with a slash", this::help);
  }

  private void add(String name, String arguments, String help, Action action) {
    table.put(name, new Command(name + arguments, help, action));
  }

  /** What completion offers. */
  List<String> words() {
    List<String> words = new ArrayList<>(table.keySet());
    words.addAll(conversation.adapters().adapters().keySet());
    words.addAll(ChatSetting.names());
    return words;
  }

  /** Runs a line that begins with a slash. */
  void run(String line) throws IOException {
    String[] words = line.strip().split("\\s+", 2);
    Command command = table.get(words[0]);
    if (command == null) {
      String near = NearestNames.suggestion(words[0], table.keySet());
      throw CommandFailure.usage(
          "there is no command '%s'".formatted(words[0]),
          "commands are %s".formatted(String.join(", ", table.keySet())),
          near.isEmpty() ? "/help explains them" : near.replace('"', '\''));
    }
    command.action().run(words.length > 1 ? words[1].strip() : "");
  }

  private void adapter(String name) {
    Set<String> names = conversation.adapters().adapters().keySet();
    if (name.isEmpty()) {
      list();
      return;
    }
    if (!names.contains(name)) {
      String near = NearestNames.suggestion(name, names);
      throw CommandFailure.usage(
          "there is no adapter '%s'".formatted(name),
          names.isEmpty() ? "none is loaded" : "loaded are %s".formatted(String.join(", ", names)),
          near.isEmpty()
              ? "start the chat with --adapter %s=DIR".formatted(name)
              : near.replace('"', '\''));
    }
    conversation.use(Optional.of(name));
    tell("%s answers from now on".formatted(name));
  }

  private void list() {
    Style style = screen.noteStyle();
    TextTable list = new TextTable(style, "", "adapter", "changes", "digest");
    list.row(conversation.adapter().isEmpty() ? "*" : "", "(base)", "nothing", "");
    conversation
        .adapters()
        .adapters()
        .forEach(
            (name, adapter) ->
                list.row(
                    conversation.adapter().equals(Optional.of(name)) ? "*" : "",
                    name,
                    adapter.virtualTokens() > 0
                        ? "%d virtual tokens".formatted(adapter.virtualTokens())
                        : "%d modules".formatted(adapter.modules()),
                    style.dim(adapter.digest())));
    screen.alert(list.render("  "));
  }

  private void base(String nothing) {
    requireNone("/base", nothing);
    conversation.use(Optional.empty());
    tell("the base answers from now on");
  }

  private void clear(String nothing) {
    requireNone("/clear", nothing);
    conversation.clear();
    tell("forgotten");
  }

  private void system(String text) {
    conversation.system(text.isEmpty() ? Optional.empty() : Optional.of(text));
    tell(text.isEmpty() ? "no system message" : "the system message is set");
  }

  private void set(String text) {
    if (text.isEmpty()) {
      TextTable values = new TextTable(screen.noteStyle(), "", "");
      for (String name : ChatSetting.names()) {
        values.row(name, ChatSetting.valueOf(name, conversation.plan()));
      }
      screen.alert(values.render("  "));
      return;
    }
    String[] words = text.split("[\\s=]+", 2);
    if (words.length < 2) {
      throw CommandFailure.usage(
          "'%s' gets no value".formatted(words[0]),
          "/set takes a name and a value",
          "write for example /set temperature 0.7");
    }
    conversation.plan(ChatSetting.changed(conversation.plan(), words[0], words[1].strip()));
    tell("%s is %s".formatted(words[0], ChatSetting.valueOf(words[0], conversation.plan())));
  }

  private void save(String name) throws IOException {
    if (name.isEmpty()) {
      throw CommandFailure.usage(
          "the conversation is not saved", "/save takes a file", "write /save FILE.jsonl");
    }
    Path file = Path.of(name);
    Inputs.requireAbsent(file);
    byte[] line = (conversation.json() + "\n").getBytes(StandardCharsets.UTF_8);
    AtomicFiles.write(file, channel -> AtomicFiles.writeFully(channel, ByteBuffer.wrap(line)));
    tell("%d messages in %s".formatted(conversation.size(), file));
  }

  private void help(String nothing) {
    requireNone("/help", nothing);
    TextTable list = new TextTable(screen.noteStyle(), "", "");
    table.values().forEach(command -> list.row(command.usage(), command.help()));
    list.row("Ctrl-C", "stop the answer");
    list.row("Ctrl-D", "end");
    screen.alert(list.render("  "));
  }

  private static void requireNone(String command, String argument) {
    if (!argument.isEmpty()) {
      throw CommandFailure.usage(
          "%s does not understand '%s'".formatted(command, argument),
          "it takes nothing",
          "write %s alone".formatted(command));
    }
  }

  private void tell(String text) {
    screen.note(screen.noteStyle().dim(text));
  }
}
