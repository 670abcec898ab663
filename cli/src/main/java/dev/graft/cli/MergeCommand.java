package dev.graft.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.export.Bundle;
import dev.graft.merge.MergeOptions;
import dev.graft.merge.MergeOptions.Precision;
import dev.graft.merge.MergeReport;
import dev.graft.merge.Merger;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft merge}: from base and adapter to a plain model. */
@Command(
    name = "merge",
    customSynopsis = "graft merge BUNDLE --adapter DIR|REF -o DIR [OPTIONS]",
    description = "Fold an adapter into its base: a plain .onnx for any ONNX Runtime.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft merge bundle --adapter runs/banking -o banking",
      "  graft merge bundle --adapter runs/banking -o banking-half --dtype fp16",
      "",
      "The folder gets model.onnx, tokenizer.json and config.json with the labels.",
      "The merged model is compared with the adapter on probe texts before it",
      "appears; the largest difference is reported."
    })
final class MergeCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Parameters(paramLabel = "BUNDLE", description = "A folder that 'graft export' made.")
  Path bundle;

  @Option(
      names = "--adapter",
      required = true,
      paramLabel = "DIR|REF",
      converter = AdapterSource.Converter.class,
      description = "An adapter or a run, or a version in the registry.")
  AdapterSource adapter;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "The folder to make; it must not exist.")
  Path output;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "fp32",
      description = "fp32, or fp16 for half the size. Default: ${DEFAULT-VALUE}.")
  Precision dtype;

  @Mixin StoreSettings place;
  @Mixin JsonOption json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  MergeCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "merge '%s'".formatted(adapter.text());
  }

  @Override
  public Integer call() throws Exception {
    Inputs.requireAbsent(output);
    Bundle base = Inputs.bundle(bundle);
    Adapter merged = new StoreAdapters(context, place).load(adapter);
    long start = System.nanoTime();
    MergeReport report = Merger.merge(base, merged, output, MergeOptions.of(dtype));
    if (json.json) {
      context.screen().printJson(json(report));
    } else {
      show(report, (System.nanoTime() - start) / 1e9);
    }
    return ExitCode.OK.code();
  }

  private void show(MergeReport report, double seconds) {
    Screen screen = context.screen();
    Style style = screen.style();
    screen.print(
        "%s %s  %s, %s, in %s"
            .formatted(
                style.done(),
                style.bold(output.resolve(Merger.MODEL_FILE).toString()),
                report.precision().name().toLowerCase(Locale.ROOT),
                Quantities.bytes(report.sizeBytes()),
                Quantities.human(seconds)));
    report
        .maxAbsDiff()
        .forEach(
            (name, difference) ->
                screen.print(
                    "  %s differ from the adapter's by at most %s on %d probe texts"
                        .formatted(
                            name,
                            String.format(Locale.ROOT, "%.1e", difference),
                            report.probes())));
    if (report.labelChanges() > 0) {
      screen.print(
          style.yellow(
              "  the most probable label changed on %d of them".formatted(report.labelChanges())));
    }
  }

  private static ObjectNode json(MergeReport report) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("model", report.model().toString());
    out.put("dtype", report.precision().name().toLowerCase(Locale.ROOT));
    out.put("maxAbsDiff", report.largestDifference());
    ObjectNode outputs = out.putObject("maxAbsDiffPerOutput");
    report.maxAbsDiff().forEach(outputs::put);
    out.put("probes", report.probes());
    out.put("labelChanges", report.labelChanges());
    out.put("sizeBytes", report.sizeBytes());
    out.put("baseSizeBytes", report.baseSizeBytes());
    return out;
  }
}
