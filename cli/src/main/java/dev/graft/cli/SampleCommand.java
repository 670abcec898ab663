package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.TextTable;
import dev.graft.testmodels.Domain;
import dev.graft.testmodels.EmbeddedMiniLm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code graft sample}: a model and data to begin with. */
@Command(
    name = "sample",
    customSynopsis = "graft sample -o DIR [OPTIONS]",
    description = "Write a sentence encoder and labelled texts, to play with.",
    footerHeading = "%nExample:%n",
    footer = {
      "  graft sample -o sample",
      "  graft export sample/" + EmbeddedMiniLm.MODEL + " -o bundle --task text-classification",
      "  graft train bundle --data sample/banking-train.jsonl -o runs/banking"
    })
final class SampleCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "The folder to make; it must not exist.")
  Path output;

  @Mixin JsonOption json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  SampleCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "write the samples to '%s'".formatted(output);
  }

  @Override
  public Integer call() throws Exception {
    Inputs.requireAbsent(output);
    NewFolder.make(
        output,
        folder -> {
          EmbeddedMiniLm.extract(folder);
          for (Domain domain : Domain.values()) {
            domain.write(folder);
          }
        });
    Screen screen = context.screen();
    List<String> files = new ArrayList<>(List.of(EmbeddedMiniLm.MODEL, EmbeddedMiniLm.TOKENIZER));
    for (Domain domain : Domain.values()) {
      files.add(domain.trainFile());
      files.add(domain.testFile());
    }
    if (json.json) {
      ObjectNode out = JsonNodeFactory.instance.objectNode().put("folder", output.toString());
      ArrayNode list = out.putArray("files");
      files.forEach(list::add);
      screen.printJson(out);
      return ExitCode.OK.code();
    }
    TextTable table = new TextTable(screen.style(), "", "");
    table.row(EmbeddedMiniLm.MODEL, "the encoder all-MiniLM-L6-v2, 90 MB");
    table.row(EmbeddedMiniLm.TOKENIZER, "its tokenizer");
    for (Domain domain : Domain.values()) {
      table.row(domain.trainFile(), "175 customer messages with 7 labels");
      table.row(domain.testFile(), "70 others to test with");
    }
    screen.print("%s %s".formatted(screen.style().done(), screen.style().bold(output.toString())));
    screen.print(table.render("  "));
    return ExitCode.OK.code();
  }
}
