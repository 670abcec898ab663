package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.PulledVersion;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Version;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft adapters pull}: a version as a folder. */
@Command(
    name = "pull",
    customSynopsis = "graft adapters pull REF -o DIR [OPTIONS]",
    description =
        "Take a version out as a PEFT folder, every byte compared with what was published.",
    footerHeading = "%nExample:%n",
    footer = "  graft adapters pull acme/support:prod -o support")
final class AdaptersPullCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "REF",
      converter = RegistryConverters.ReferenceConverter.class,
      description = "The version.")
  AdapterReference reference;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "The folder to make; it must not exist.")
  Path output;

  AdaptersPullCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "pull '%s'".formatted(reference);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    Inputs.requireAbsent(output);
    PulledVersion pulled = store.pull(reference, output, false);
    Version version = pulled.version();
    StoreAdapters.warnIfDeprecated(version, screen);
    pulled.warnings().forEach(this::warn);
    ObjectNode out = RegistryJson.object();
    out.put("output", output.toString());
    out.set("version", RegistryJson.version(version));
    return answer(
        out,
        () ->
            tell(
                false,
                "%s  %s, %s"
                    .formatted(
                        screen.style().bold(output.toString()),
                        version.reference(),
                        Quantities.bytes(version.sizeBytes()))));
  }
}
