package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.signing.VerifyingKey;
import dev.graft.store.AdapterStore;
import dev.graft.store.SignatureReport;
import dev.graft.store.model.AdapterReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft adapters verify}: who has signed a version? */
@Command(
    name = "verify",
    customSynopsis = "graft adapters verify REF [--key FILE.pub ...] [OPTIONS]",
    description =
        "Read every byte of a version, blocked ones too, and say whether a trusted key has signed it. Exits with 9 if none has.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters verify acme/support:prod",
      "  graft adapters verify acme/support:prod --key release.key.pub",
      "",
      "Which keys a tenant trusts stands in the registry. Whoever can write its index",
      "could add a key there, so who does not rely on it gives the keys with --key."
    })
final class AdaptersVerifyCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "REF",
      converter = RegistryConverters.ReferenceConverter.class,
      description = "The version.")
  AdapterReference reference;

  @Option(
      names = "--key",
      paramLabel = "FILE.pub",
      description =
          "Trust this public key, and no other whatever the tenant trusts; may be given several times.")
  List<Path> files = new ArrayList<>();

  AdaptersVerifyCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "verify '%s'".formatted(reference);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    List<VerifyingKey> keys = Inputs.publicKeys(files);
    SignatureReport report =
        keys.isEmpty()
            ? store.signing().verify(reference)
            : store.signing().verify(reference, keys);
    ObjectNode out = RegistryJson.object();
    out.set("version", RegistryJson.version(report.version()));
    out.put("trusted", report.isTrusted());
    SignatureText.addTo(out, report);
    answer(out, () -> show(report, screen));
    return report.isTrusted() ? ExitCode.OK : ExitCode.REFUSED;
  }

  private void show(SignatureReport report, Screen screen) {
    if (report.isTrusted()) {
      tell(
          false,
          "%s  every byte is what was published, and signed"
              .formatted(report.version().reference()));
    } else {
      screen.print(
          "%s %s  every byte is what was published, but no trusted key has signed it"
              .formatted(screen.style().red("!"), report.version().reference()));
    }
    for (SignatureReport.Entry entry : report.signatures()) {
      screen.print("  " + SignatureText.line(entry, screen.style()));
    }
  }
}
