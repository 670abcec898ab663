package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.signing.VerifyingKey;
import dev.graft.store.AdapterStore;
import dev.graft.store.PulledVersion;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft adapters pull}: a version as a folder. */
@Command(
    name = "pull",
    customSynopsis = "graft adapters pull REF -o DIR [--key FILE.pub ...] [OPTIONS]",
    description =
        "Take a version out as a PEFT folder, every byte compared with what was published.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters pull acme/support:prod -o support",
      "  graft adapters pull acme/support:prod -o support --key release.key.pub"
    })
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

  @Option(
      names = "--key",
      paramLabel = "FILE.pub",
      description =
          "Pull only what this public key has signed, whatever the tenant trusts; exits with 9 otherwise. May be given several times.")
  List<Path> keys = new ArrayList<>();

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
    List<VerifyingKey> given = Inputs.publicKeys(keys);
    PulledVersion pulled =
        given.isEmpty()
            ? store.pull(reference, output, false)
            : store.signing().pull(reference, output, false, given);
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
