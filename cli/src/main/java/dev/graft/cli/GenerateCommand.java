package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.data.GenerationExample;
import dev.graft.export.Bundle;
import dev.graft.generate.FinishReason;
import dev.graft.generate.GenerationEngine;
import dev.graft.generate.GenerationRequest;
import dev.graft.generate.GenerationResult;
import dev.graft.generate.Prompt;
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

/** {@code graft generate}: a decoder continues prompts, by one adapter or by many in one batch. */
@Command(
    name = "generate",
    customSynopsis = "graft generate BUNDLE [--adapter [NAME=]DIR] [--prompt TEXT] [OPTIONS]",
    description = "Generate text with a decoder, plain or with adapters.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft generate smol --prompt 'The capital of France is' --max-new-tokens 20",
      "  graft generate smol --adapter runs/tone --chat --prompt 'Where is my card?'",
      "  graft generate smol --prompt 'Once upon a time' --temperature 0.8 --seed 7",
      "  cat prompts.txt | graft generate smol --adapter runs/tone",
      "  graft generate smol --adapter tone=runs/tone --adapter e2e=runs/e2e \\",
      "      --data mixed.jsonl",
      "",
      "--prompt writes the text as it comes. Otherwise, or with --json, the answer is",
      "one JSON object a line, in the order of the prompts; rows run together. With",
      "several adapters each row of the data names its own:",
      "  {\"prompt\": \"...\", \"adapter\": \"e2e\"}",
      "Rows with \"messages\" are put into the model's chat template; an answer at their",
      "end is left out and generated anew. A \"completion\" is ignored."
    })
final class GenerateCommand implements Callable<Integer>, Doing {
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
          "An adapter or a run, or a version in the registry; may be given several times, then with names. Without: the base.")
  List<AdapterArgument> adapters = new ArrayList<>();

  @Mixin PromptSource source;

  @Option(
      names = "--chat",
      description = "A prompt is what a user says: put it into the model's chat template.")
  boolean chat;

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "With --chat: the system message before it.")
  Optional<String> system = Optional.empty();

  @Mixin AnswerSettings answers;

  @Option(
      names = "--logprobs",
      paramLabel = "K",
      description =
          "Also answer the log-probability of every token and of the K most probable in its place.")
  Optional<Integer> logprobs = Optional.empty();

  @Mixin EngineSettings engineSettings;
  @Mixin StoreSettings place;

  @Option(names = "--json", description = "JSON lines for --prompt too.")
  boolean json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  GenerateCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "generate with '%s'".formatted(bundle);
  }

  @Override
  public Integer call() throws Exception {
    check();
    Bundle opened = Inputs.decoder(bundle);
    AnswerPlan plan = answers.plan(opened);
    Screen screen = context.screen();
    try (GenerationEngine engine =
        GenerationEngine.open(opened, engineSettings.generation(opened))) {
      if (chat) {
        PromptEncoder.template(opened, engine.tokenizer());
      }
      AdapterSet loaded =
          AdapterSet.load(engine::load, adapters, new StoreAdapters(context, place));
      Requests requests =
          new Requests(new PromptEncoder(opened, engine.tokenizer(), chat, system), loaded, plan);
      if (source.prompt.isPresent() && !json) {
        source.forEach(screen, new Streamed(requests, engine));
      } else {
        answerLines(engine, requests);
      }
    }
    return ExitCode.OK.code();
  }

  private void check() {
    source.check();
    if (system.isPresent() && !chat) {
      throw CommandFailure.usage(
          "--system cannot be given alone",
          "a plain prompt has no system message",
          "add --chat, or write the text into the prompt");
    }
    if (logprobs.isPresent() && source.prompt.isPresent() && !json) {
      throw CommandFailure.usage(
          "--logprobs cannot be shown in text",
          "with --prompt the text itself is written",
          "add --json");
    }
    logprobs.ifPresent(
        k -> {
          if (k < 0 || k > GenerationRequest.MOST_TOP_SCORES) {
            throw CommandFailure.usage(
                "--logprobs cannot be '%d'".formatted(k),
                "it must be between 0 and %d".formatted(GenerationRequest.MOST_TOP_SCORES),
                "give a number in between");
          }
        });
  }

  /** Makes requests of rows. */
  private final class Requests {
    private final PromptEncoder prompts;
    private final AdapterSet loaded;
    private final AnswerPlan plan;

    Requests(PromptEncoder prompts, AdapterSet loaded, AnswerPlan plan) {
      this.prompts = prompts;
      this.loaded = loaded;
      this.plan = plan;
    }

    GenerationRequest of(GenerationExample row) throws IOException {
      Prompt prompt = prompts.prompt(row, source.name());
      GenerationRequest request = plan.of(GenerationRequest.of(prompt));
      Optional<String> adapter = loaded.adapterOf(row.adapter(), row.line(), source.name());
      GenerationRequest adapted = adapter.map(request::withAdapter).orElse(request);
      return logprobs.map(adapted::withScores).orElse(adapted);
    }

    CommandFailure refused(IllegalArgumentException e, GenerationExample row) {
      return Failures.explain(e, "answer line %d of %s".formatted(row.line(), source.name()));
    }
  }

  private void answerLines(GenerationEngine engine, Requests requests) throws IOException {
    try (AnswerQueue queue = new AnswerQueue(engine, context.screen())) {
      source.forEach(
          context.screen(),
          new PromptSource.Sink() {
            @Override
            public void accept(GenerationExample row) throws IOException {
              GenerationRequest request = requests.of(row);
              try {
                queue.add(request);
              } catch (IllegalArgumentException e) {
                throw requests.refused(e, row);
              }
            }

            @Override
            public void pause() {
              queue.drain();
            }
          });
      queue.drain();
      if (source.prompt.isEmpty()) {
        queue.summarize();
      }
    }
  }

  /** Writes the text of one answer as it comes. */
  private final class Streamed implements PromptSource.Sink {
    private final Requests requests;
    private final GenerationEngine engine;

    Streamed(Requests requests, GenerationEngine engine) {
      this.requests = requests;
      this.engine = engine;
    }

    @Override
    public void accept(GenerationExample row) throws IOException {
      Screen screen = context.screen();
      GenerationRequest request = requests.of(row);
      GenerationResult result;
      try {
        result = engine.submit(request, screen::printForeign).result();
      } catch (IllegalArgumentException e) {
        throw Failures.explain(e, "answer the prompt");
      }
      screen.printRaw(System.lineSeparator());
      if (result.finishReason() == FinishReason.LENGTH) {
        screen.note(
            screen
                .noteStyle()
                .dim("cut after %d tokens (--max-new-tokens)".formatted(result.tokens().size())));
      }
    }

    @Override
    public void pause() {}
  }
}
