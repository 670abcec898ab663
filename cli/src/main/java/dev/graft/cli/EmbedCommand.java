package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.infer.Embedding;
import dev.graft.infer.Engine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft embed}: vectors of texts. */
@Command(
    name = "embed",
    customSynopsis = "graft embed BUNDLE [--adapter DIR] [OPTIONS]",
    description = "Turn texts into vectors, with the base model or through adapters.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft embed bundle --text 'My card was declined' --normalize",
      "  graft embed bundle --adapter runs/banking --data texts.jsonl > vectors.jsonl",
      "",
      "The answer is one JSON object a line, {\"embedding\": [...]}, in the order of the texts."
    })
final class EmbedCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Parameters(paramLabel = "BUNDLE", description = "A folder that 'graft export' made.")
  Path bundle;

  @Option(
      names = "--adapter",
      paramLabel = "[NAME=]DIR|REF",
      converter = AdapterArgument.Converter.class,
      description =
          "An adapter or a run, or a version in the registry; without one the base model answers.")
  List<AdapterArgument> adapters = new ArrayList<>();

  @Mixin TextSource source;

  @Option(names = "--normalize", description = "Scale every vector to length 1.")
  boolean normalize;

  @Mixin EngineSettings engineSettings;
  @Mixin StoreSettings place;

  @Option(names = "--json", description = "JSON lines; embed always answers so.")
  boolean json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  EmbedCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "embed with '%s'".formatted(bundle);
  }

  @Override
  public Integer call() throws Exception {
    Screen screen = context.screen();
    try (Engine engine = Engine.open(Inputs.bundle(bundle), engineSettings.options())) {
      AdapterSet loaded =
          AdapterSet.load(engine::load, adapters, new StoreAdapters(context, place));
      source.forEachChunk(
          screen,
          rows -> {
            engine
                .embed(loaded.requests(rows, source.name()), normalize)
                .forEach(e -> screen.printJsonLine(answer(e)));
            screen.flush();
          });
    }
    return ExitCode.OK.code();
  }

  private static ObjectNode answer(Embedding embedding) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    ArrayNode values = out.putArray("embedding");
    for (float value : embedding.values()) {
      values.add(value);
    }
    if (!embedding.adapter().isEmpty()) {
      out.put("adapter", embedding.adapter());
    }
    if (embedding.truncated()) {
      out.put("truncated", true);
    }
    return out;
  }
}
