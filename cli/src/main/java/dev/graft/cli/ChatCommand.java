package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.data.chat.ChatTemplate;
import dev.graft.export.Bundle;
import dev.graft.generate.GenerationEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft chat}: a conversation in which adapters are switched. */
@Command(
    name = "chat",
    customSynopsis = "graft chat BUNDLE [--adapter NAME=DIR ...] [OPTIONS]",
    description = "Talk with a decoder, and switch its adapters in mid-conversation.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft chat smol",
      "  graft chat smol --adapter tone=runs/tone --adapter law=runs/law",
      "  printf 'Hello\\n/adapter law\\nSay that again.\\n' | \\",
      "      graft chat smol --adapter tone=runs/tone --adapter law=runs/law",
      "",
      "The first adapter answers at first. Lines that begin with a slash are commands;",
      "/help lists them: /adapter NAME, /base, /clear, /system TEXT, /set NAME VALUE,",
      "/save FILE. Ctrl-C stops an answer, Ctrl-D ends. Every answer is generated from",
      "the whole conversation by the adapter of the moment alone. From a pipe or a file",
      "every line is a message or a command, and the first that is wrong ends the chat."
    })
final class ChatCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Parameters(
      paramLabel = "BUNDLE",
      description = "A folder that 'graft export --task text-generation' made.")
  Path bundle;

  @Option(
      names = "--adapter",
      paramLabel = "[NAME=]DIR|REF",
      converter = AdapterArgument.Converter.class,
      description =
          "An adapter or a run, or a version in the registry; may be given several times, then with names.")
  List<AdapterArgument> adapters = new ArrayList<>();

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "The system message that the conversation begins with.")
  Optional<String> system = Optional.empty();

  @Mixin AnswerSettings answers;
  @Mixin ComputeSettings compute;
  @Mixin StoreSettings place;

  @Option(
      names = "--json",
      description = "One JSON object a line for every answer, as 'graft generate' has it.")
  boolean json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  ChatCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "chat with '%s'".formatted(bundle);
  }

  @Override
  public Integer call() throws Exception {
    Bundle opened = Inputs.decoder(bundle);
    AnswerPlan plan = answers.plan(opened);
    Screen screen = context.screen();
    try (GenerationEngine engine = GenerationEngine.open(opened, compute.generation(opened))) {
      ChatTemplate template = PromptEncoder.template(opened, engine.tokenizer());
      AdapterSet loaded =
          AdapterSet.load(engine::load, adapters, new StoreAdapters(context, place));
      Conversation conversation = new Conversation(engine, template, loaded, plan);
      conversation.system(system);
      conversation.use(adapters.stream().map(AdapterArgument::name).findFirst());
      ChatCommands commands = new ChatCommands(screen, conversation);
      try (ChatInput input = input(screen, commands)) {
        new ChatLoop(screen, engine, conversation, commands, json).run(input);
      }
    }
    return ExitCode.OK.code();
  }

  private ChatInput input(Screen screen, ChatCommands commands) throws IOException {
    if (!json && screen.inputIsTerminal() && screen.outIsTerminal()) {
      Optional<ChatInput> terminal = TerminalInput.open(commands::words);
      if (terminal.isPresent()) {
        screen.note(screen.noteStyle().dim("/help lists the commands; Ctrl-D ends"));
        return terminal.get();
      }
    }
    return new PipedInput(screen);
  }
}
