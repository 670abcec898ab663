package dev.graft.cli;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.algebra.AdapterResize;
import dev.graft.adapter.algebra.CombinedAdapter;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.cli.screen.Screen;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft adapters resize}: an adapter at another rank. */
@Command(
    name = "resize",
    customSynopsis = "graft adapters resize ADAPTER --rank R -o DIR [OPTIONS]",
    description =
        "Write a LoRA adapter at another rank: smaller by its singular values, with the error that"
            + " this makes; larger by zeros, without one.",
    footerHeading = "%nExample:%n",
    footer = "  graft adapters resize runs/tone --rank 4 -o tone-4")
final class ResizeCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Parameters(paramLabel = "ADAPTER", description = "An adapter in any format, or a run.")
  Path adapter;

  @Option(
      names = "--rank",
      required = true,
      paramLabel = "R",
      description = "The rank of every module.")
  int rank;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "The folder to write, in PEFT's format; it must not exist.")
  Path output;

  @Mixin JsonOption json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  ResizeCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "resize '%s'".formatted(adapter);
  }

  @Override
  public Integer call() throws Exception {
    Inputs.requireAbsent(output);
    Screen screen = context.screen();
    Adapter read = Inputs.adapter(adapter, screen);
    CombinedAdapter resized = AdapterResize.of(adapter.toString(), read, rank);
    new PeftFormat().write(resized.adapter(), output);
    if (json.json) {
      screen.printJson(CombinationAnswer.json(output, resized, Optional.empty()));
    } else {
      CombinationAnswer.show(output, resized, screen);
    }
    return ExitCode.OK.code();
  }
}
