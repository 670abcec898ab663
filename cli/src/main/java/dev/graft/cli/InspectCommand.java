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
    description = "Show what a model, bundle, adapter, run or version in the registry holds.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft inspect model.onnx               # operators, modules for --targets, what has a gradient",
      "  graft inspect bundle --verify          # read every byte and compare its digest",
      "  graft inspect runs/first/adapter       # rank, norm and effective rank of every update",
      "  graft inspect runs/first               # options, losses, speed",
      "  graft inspect acme/support:prod        # an adapter in the registry"
    })
final class InspectCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Parameters(
      paramLabel = "PATH",
      converter = AdapterSource.Converter.class,
      description =
          "An .onnx model, a bundle, an adapter or a run; or what is none of these on the disk: a version in the registry.")
  AdapterSource source;

  @Option(names = "--verify", description = "Check the digests of all files of a bundle.")
  boolean verify;

  @Mixin StoreSettings place;
  @Mixin JsonOption json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  InspectCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "inspect '%s'".formatted(source.text());
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
    Inspection inspection = source.isOnDisk() ? inspection(source.path()) : registered();
    if (json.json) {
      context.screen().printJson(inspection.json());
    } else {
      inspection.show(context.screen());
    }
    return ExitCode.OK.code();
  }

  private Inspection registered() throws IOException {
    if (source.reference().isEmpty() && source.nearReference().isEmpty()) {
      Inputs.requireExists(source.path(), "file or folder", "check the path");
    }
    refuseVerify();
    try (StoreAdapters.Folder folder = new StoreAdapters(context, place).folder(source)) {
      return AdapterInspection.of(folder.path()).called(source.path());
    }
  }

  private Inspection inspection(Path path) throws IOException {
    if (Files.isRegularFile(path.resolve(Bundle.MANIFEST_FILE))) {
      return BundleInspection.of(verified(Bundle.open(path), path), verify);
    }
    refuseVerify();
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

  private void refuseVerify() {
    if (verify) {
      throw CommandFailure.usage(
          "--verify is for bundles",
          "'%s' has no %s".formatted(source.text(), Bundle.MANIFEST_FILE),
          "give a folder that 'graft export' made, or leave --verify out");
    }
  }

  private Bundle verified(Bundle bundle, Path path) throws IOException {
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
