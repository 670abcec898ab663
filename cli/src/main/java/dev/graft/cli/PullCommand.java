package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Progress;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.TextTable;
import dev.graft.hub.HubClient;
import dev.graft.hub.HubFile;
import dev.graft.hub.HubId;
import dev.graft.hub.HubModel;
import dev.graft.hub.HubSettings;
import dev.graft.hub.PullListener;
import dev.graft.hub.PullReport;
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

/** {@code graft pull}: a model from the Hub into a folder. */
@Command(
    name = "pull",
    customSynopsis = "graft pull HUB_ID -o DIR [OPTIONS]",
    description = "Download a model from the Hugging Face Hub, digests checked.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft pull HuggingFaceTB/SmolLM2-135M-Instruct -o smollm2",
      "  graft pull sentence-transformers/all-MiniLM-L6-v2 -o minilm \\",
      "      --include 'token*.json' --include onnx/model.onnx",
      "  graft pull some/model --dry-run",
      "",
      "The folder appears when it is complete. An interrupted download goes on where",
      "it stopped when the command is run again.",
      "",
      "HF_TOKEN, or the token file in HF_HOME, is sent to the endpoint and to no other",
      "host. HF_ENDPOINT and HF_HUB_OFFLINE count as in the Hub's own tools."
    })
final class PullCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Parameters(
      paramLabel = "HUB_ID",
      description = "The model: OWNER/NAME, as in its address on the Hub.")
  String id;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "The folder to make; it must not exist.")
  Optional<Path> output = Optional.empty();

  @Option(
      names = "--revision",
      paramLabel = "REV",
      defaultValue = HubClient.DEFAULT_REVISION,
      description = "A branch, tag or commit. Default: ${DEFAULT-VALUE}.")
  String revision;

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      description = "The Hub to ask. Default: HF_ENDPOINT, else " + HubSettings.DEFAULT_ENDPOINT)
  Optional<String> endpoint = Optional.empty();

  @Option(
      names = "--include",
      paramLabel = "GLOB",
      description =
          "Take the files that match (* and ? stand for slashes too) instead of those that Graft can use; may be repeated. Pickles and programs are never taken.")
  List<String> include = new ArrayList<>();

  @Option(names = "--dry-run", description = "List what would be downloaded, and stop.")
  boolean dryRun;

  @Mixin JsonOption json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  PullCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "pull '%s'".formatted(id);
  }

  @Override
  public Integer call() throws Exception {
    HubId hubId = new HubId(id);
    HubSettings settings = HubSettings.of(context.env(), endpoint);
    if (dryRun) {
      list(find(new HubClient(settings), hubId));
      return ExitCode.OK.code();
    }
    Path target =
        output.orElseThrow(
            () ->
                CommandFailure.usage(
                    "cannot pull '%s'".formatted(id),
                    "missing: -o DIR",
                    "name the folder to make, or only look with --dry-run"));
    Inputs.requireAbsent(target);
    HubClient hub = new HubClient(settings);
    HubModel model = find(hub, hubId);
    long start = System.nanoTime();
    PullReport report;
    try (Progress progress = context.screen().progress("pull", model.sizeBytes())) {
      report = hub.pull(model, target, listener(progress));
    }
    if (json.json) {
      context.screen().printJson(json(model, report));
    } else {
      show(model, report, (System.nanoTime() - start) / 1e9);
    }
    return ExitCode.OK.code();
  }

  private HubModel find(HubClient hub, HubId hubId) throws IOException {
    return hub.find(hubId, revision, include, listener(Progress.SILENT));
  }

  private PullListener listener(Progress progress) {
    Screen screen = context.screen();
    return new PullListener() {
      @Override
      public void onBytes(long done, long total) {
        progress.step(done, "%s of %s".formatted(Quantities.bytes(done), Quantities.bytes(total)));
      }

      @Override
      public void onNote(String text) {
        String note = screen.noteStyle().yellow("warning: ") + text;
        if (progress == Progress.SILENT) {
          screen.note(note);
        } else {
          progress.note(note);
        }
      }
    };
  }

  private void list(HubModel model) {
    Screen screen = context.screen();
    if (json.json) {
      screen.printJson(json(model));
      return;
    }
    TextTable table = new TextTable(screen.style(), "file", ">size", "digest");
    for (HubFile file : model.files()) {
      table.row(file.name(), Quantities.bytes(file.sizeBytes()), shortened(file));
    }
    screen.print(table.render(""));
    screen.print(
        "%d files, %s, of commit %s; %d others are left out"
            .formatted(
                model.files().size(),
                Quantities.bytes(model.sizeBytes()),
                model.commit(),
                model.leftOut()));
  }

  private static String shortened(HubFile file) {
    return file.digest().toString().replaceFirst("(:.{12}).*", "$1");
  }

  private void show(HubModel model, PullReport report, double seconds) {
    Screen screen = context.screen();
    screen.print(
        "%s %s in %s"
            .formatted(
                screen.style().done(),
                screen.style().bold(report.directory().toString()),
                Quantities.human(seconds)));
    String kept =
        report.keptBytes() > 0
            ? ", %s of it from an earlier attempt".formatted(Quantities.bytes(report.keptBytes()))
            : "";
    screen.print(
        "  %d files, %s%s, every digest checked"
            .formatted(model.files().size(), Quantities.bytes(model.sizeBytes()), kept));
    screen.print("  commit %s of %s".formatted(model.commit(), model.id()));
  }

  private ObjectNode json(HubModel model) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("id", model.id().text());
    out.put("revision", model.revision());
    out.put("commit", model.commit());
    out.put("sizeBytes", model.sizeBytes());
    out.put("leftOut", model.leftOut());
    ArrayNode files = out.putArray("files");
    for (HubFile file : model.files()) {
      files
          .addObject()
          .put("name", file.name())
          .put("sizeBytes", file.sizeBytes())
          .put("digest", file.digest().toString());
    }
    return out;
  }

  private ObjectNode json(HubModel model, PullReport report) {
    ObjectNode out = json(model);
    out.put("directory", report.directory().toString());
    out.put("transferredBytes", report.transferredBytes());
    out.put("keptBytes", report.keptBytes());
    out.put("retries", report.retries());
    return out;
  }
}
