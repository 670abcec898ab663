package dev.graft.cli;

import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code graft quickstart}: the whole promise in one command. */
@Command(
    name = "quickstart",
    customSynopsis = "graft quickstart [--model DIR] [--keep DIR] [OPTIONS]",
    description =
        "Export an encoder, train three adapters, answer with all of them in one batch, and merge"
            + " one. With --model: teach a decoder the style of a service desk, and show its"
            + " answers before and after.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft quickstart",
      "  graft quickstart --keep demo         # keep the files to go on with",
      "  graft pull HuggingFaceTB/SmolLM2-135M-Instruct -o smollm2",
      "  graft quickstart --model smollm2 --keep demo",
      "",
      "Everything it makes is in one folder, which is removed at the end unless",
      "--keep names it. It takes a few minutes on two cores and needs no network."
    })
final class QuickstartCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "A decoder: a Hugging Face checkpoint directory, or a bundle of one. Default: an encoder"
              + " that comes with Graft.")
  Optional<Path> model = Optional.empty();

  @Option(
      names = "--keep",
      paramLabel = "DIR",
      description = "Make the files in this folder and keep them; it must not exist.")
  Optional<Path> keep = Optional.empty();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of ONNX Runtime. Default: one per core.")
  Optional<Integer> threads = Optional.empty();

  @Mixin JsonOption json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  QuickstartCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "run the quickstart";
  }

  @Override
  public Integer call() throws Exception {
    threads.ifPresent(n -> EngineSettings.requirePositive("--threads", n));
    model.ifPresent(TextQuickstart::requireDecoder);
    Path folder = folder();
    Thread removal = new Thread(() -> removeQuietly(folder), "graft-quickstart-removal");
    if (keep.isEmpty()) {
      Runtime.getRuntime().addShutdownHook(removal);
    }
    try {
      if (model.isPresent()) {
        decode(new TextQuickstartPlaces(model.get(), folder));
      } else {
        encode(folder);
      }
      return ExitCode.OK.code();
    } finally {
      if (keep.isEmpty()) {
        NewFolder.delete(folder);
        removeHook(removal);
      }
    }
  }

  private void encode(Path folder) throws IOException {
    long start = System.nanoTime();
    Quickstart.Outcome outcome =
        new Quickstart(context.screen(), folder, threads, !json.json).run();
    double seconds = (System.nanoTime() - start) / 1e9;
    if (json.json) {
      context.screen().printJson(QuickstartReport.json(outcome, folder, seconds));
    } else {
      farewell(folder, seconds);
    }
  }

  private void decode(TextQuickstartPlaces places) throws IOException {
    long start = System.nanoTime();
    Screen screen = context.screen();
    TextQuickstart.Outcome outcome = new TextQuickstart(screen, places, threads, !json.json).run();
    double seconds = (System.nanoTime() - start) / 1e9;
    if (json.json) {
      screen.printJson(TextQuickstartReport.json(places, outcome, seconds));
      return;
    }
    took(seconds);
    TextQuickstartReport.next(places, keep.isPresent(), outcome).forEach(screen::print);
  }

  private Path folder() throws IOException {
    if (keep.isEmpty()) {
      return Files.createTempDirectory("graft-quickstart-");
    }
    Inputs.requireAbsent(keep.get());
    return Files.createDirectories(keep.get());
  }

  private static void removeQuietly(Path folder) {
    try {
      NewFolder.delete(folder);
    } catch (IOException e) {
      // The process ends; what is left is in the system's folder for temporary files.
    }
  }

  private static void removeHook(Thread removal) {
    try {
      Runtime.getRuntime().removeShutdownHook(removal);
    } catch (IllegalStateException e) {
      // The process is being stopped, and the hook runs.
    }
  }

  private void farewell(Path folder, double seconds) {
    took(seconds);
    Screen screen = context.screen();
    Style style = screen.style();
    if (keep.isEmpty()) {
      screen.print("The files are removed. To keep them and go on:");
      screen.print("  graft quickstart --keep demo");
      screen.print("");
      screen.print("With a model and data of your own:");
      screen.print("  graft export model.onnx -o bundle --task text-classification");
      screen.print("  graft train bundle --data train.jsonl --eval-data test.jsonl -o runs/first");
      screen.print("  graft predict bundle --adapter runs/first --text 'some text'");
      return;
    }
    screen.print("The files are in %s. Try next:".formatted(style.bold(folder.toString())));
    screen.print(
        "  graft predict %1$s/bundle --adapter %1$s/runs/travel --text 'Can I bring my guitar?' --top 3"
            .formatted(folder));
    screen.print("  graft inspect %s/runs/travel/adapter".formatted(folder));
    screen.print(
        "  graft train %1$s/bundle --data %1$s/data/travel-train.jsonl --rank 16 --epochs 8 -o %1$s/runs/more"
            .formatted(folder));
    screen.print(
        "  graft eval %1$s/bundle --adapter %1$s/runs/more --data %1$s/data/travel-test.jsonl"
            .formatted(folder));
  }

  private void took(double seconds) {
    Screen screen = context.screen();
    screen.print("");
    screen.print(
        "%s all of this took %s".formatted(screen.style().done(), Quantities.human(seconds)));
    screen.print("");
  }
}
