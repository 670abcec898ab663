package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.format.AdapterFormats;
import dev.graft.cli.screen.Screen;
import dev.graft.export.Bundle;
import dev.graft.export.BundleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft inspect}: what a file or folder is, and what is in it. */
@Command(
    name = "inspect",
    customSynopsis = "graft inspect PATH [OPTIONS]",
    description = "Show what a model, bundle, adapter or run holds.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft inspect model.onnx               # operators, modules for --targets, what has a gradient",
      "  graft inspect bundle --verify          # read every byte and compare its digest",
      "  graft inspect runs/first/adapter       # rank, norm and effective rank of every update",
      "  graft inspect runs/first               # options, losses, speed"
    })
final class InspectCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Parameters(paramLabel = "PATH", description = "An .onnx model, a bundle, an adapter or a run.")
  Path path;

  @Option(names = "--verify", description = "Check the digests of all files of a bundle.")
  boolean verify;

  @Mixin JsonOption json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  InspectCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "inspect '%s'".formatted(path);
  }

  /** One kind of thing that can be looked at. */
  interface Inspection {
    /** The answer for programs. */
    ObjectNode json();

    /** The answer for people. */
    void show(Screen screen);
  }

  @Override
  public Integer call() throws Exception {
    Inputs.requireExists(path, "file or folder", "check the path");
    Inspection inspection = inspection();
    if (json.json) {
      context.screen().printJson(inspection.json());
    } else {
      inspection.show(context.screen());
    }
    return ExitCode.OK.code();
  }

  private Inspection inspection() throws IOException {
    if (Files.isRegularFile(path.resolve(Bundle.MANIFEST_FILE))) {
      return BundleInspection.of(verified(Bundle.open(path)), verify);
    }
    if (verify) {
      throw CommandFailure.usage(
          "--verify is for bundles",
          "'%s' has no %s".formatted(path, Bundle.MANIFEST_FILE),
          "give a folder that 'graft export' made, or leave --verify out");
    }
    if (AdapterFormats.isAdapter(path)) {
      return AdapterInspection.of(path);
    }
    if (Files.isRegularFile(path.resolve("run.json"))) {
      return RunInspection.of(path);
    }
    if (Files.isRegularFile(path)) {
      return ModelInspection.of(path);
    }
    throw new CommandFailure(
        ExitCode.INVALID,
        "cannot tell what '%s' is".formatted(path),
        "it has no manifest.json (bundle), adapter_config.json (adapter) or run.json (run)",
        "give an .onnx file, or a folder that 'graft export' or 'graft train' made");
  }

  private Bundle verified(Bundle bundle) throws IOException {
    if (verify) {
      try {
        bundle.verify();
      } catch (BundleException e) {
        throw new CommandFailure(
            ExitCode.INTEGRITY,
            "'%s' is damaged".formatted(path),
            String.valueOf(e.getMessage()),
            "export the model again, or copy the bundle again from where it came from",
            e);
      }
    }
    return bundle;
  }
}
