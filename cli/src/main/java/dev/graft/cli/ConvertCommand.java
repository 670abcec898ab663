package dev.graft.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.format.AdapterFormat;
import dev.graft.adapter.format.AdapterFormats;
import dev.graft.adapter.format.TensorDtype;
import dev.graft.adapter.format.WriteOptions;
import dev.graft.cli.screen.Screen;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft convert}: an adapter in another format. */
@Command(
    name = "convert",
    customSynopsis = "graft convert ADAPTER -o OUT --to FORMAT [OPTIONS]",
    description = "Write an adapter in another format.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft convert runs/banking -o banking.onnx_adapter --to onnx_adapter",
      "  graft convert banking.onnx_adapter -o banking-peft --to peft",
      "  graft convert runs/banking -o banking-half --to peft --dtype F16"
    })
final class ConvertCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Parameters(
      paramLabel = "ADAPTER",
      converter = AdapterSource.Converter.class,
      description = "An adapter in any format, a run, or a version in the registry.")
  AdapterSource adapter;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "What to write; it must not exist.")
  Path output;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "FORMAT",
      converter = FormatConverter.class,
      description = "peft (a folder that Hugging Face PEFT loads) or onnx_adapter (one file).")
  AdapterFormat format;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "F32",
      description = "F32, F16 or BF16. Default: ${DEFAULT-VALUE}.")
  TensorDtype dtype;

  @Mixin StoreSettings place;
  @Mixin JsonOption json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  ConvertCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "convert '%s'".formatted(adapter.text());
  }

  @Override
  public Integer call() throws Exception {
    Inputs.requireAbsent(output);
    Screen screen = context.screen();
    Adapter read = new StoreAdapters(context, place).load(adapter);
    format.write(read, output, WriteOptions.defaults().withDtype(dtype));
    Adapter written = format.read(output);
    if (json.json) {
      screen.printJson(
          JsonNodeFactory.instance
              .objectNode()
              .put("output", output.toString())
              .put("format", format.name())
              .put("dtype", dtype.name())
              .put("digest", written.digest())
              .put("sameDigest", written.digest().equals(read.digest())));
    } else {
      screen.print(
          "%s %s  %s, %s"
              .formatted(
                  screen.style().done(),
                  screen.style().bold(output.toString()),
                  format.name(),
                  dtype.name()));
      screen.print(
          written.digest().equals(read.digest())
              ? "  reads back as the very same adapter"
              : "  reads back as %s (scale folded into B, or values rounded)"
                  .formatted(written.digest()));
    }
    return ExitCode.OK.code();
  }

  /** {@code --to}. */
  static final class FormatConverter implements ITypeConverter<AdapterFormat> {
    @Override
    public AdapterFormat convert(String value) {
      return Converters.parse(value, AdapterFormats::named);
    }
  }
}
