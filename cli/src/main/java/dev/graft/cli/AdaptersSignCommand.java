package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.signing.SigningKey;
import dev.graft.store.AdapterStore;
import dev.graft.store.SignatureReport;
import dev.graft.store.SigningResult;
import dev.graft.store.model.AdapterReference;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code graft adapters sign}: signs a version. */
@Command(
    name = "sign",
    customSynopsis = "graft adapters sign REF --sign-key FILE [OPTIONS]",
    description =
        "Read every byte of a version and sign it, as an adapter of this name. Whether a tenant trusts the key is told by 'graft tenants trust'.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters sign acme/support@3 --sign-key release.key --note 'release 12'",
      "",
      "'graft adapters add --sign-key' and 'graft train --publish --sign-key' sign when",
      "they publish."
    })
final class AdaptersSignCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "REF",
      converter = RegistryConverters.ReferenceConverter.class,
      description = "The version.")
  AdapterReference reference;

  @Mixin SigningSettings signing;
  @Mixin ChangeSettings change;

  AdaptersSignCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "sign '%s'".formatted(reference);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    SigningKey key = signing.required();
    SigningResult result = store.signing().sign(reference, key, change.change());
    SignatureReport report = result.report();
    ObjectNode out = RegistryJson.object();
    out.put("reference", report.version().reference().toString());
    out.put("keyId", key.id());
    SignatureText.addTo(out, report);
    out.put("changed", result.isNew());
    out.put("dryRun", change.dryRun);
    return answer(out, () -> show(result, key));
  }

  private void show(SigningResult result, SigningKey key) {
    SignatureReport report = result.report();
    tell(
        change.dryRun,
        "%s  signed by key %s%s"
            .formatted(report.version().reference(), key.id(), result.isNew() ? "" : " already"));
    boolean trusted =
        report.signatures().stream()
            .anyMatch(
                entry ->
                    entry.keyId().equals(key.id())
                        && entry.verdict() == SignatureReport.Verdict.TRUSTED);
    if (!trusted) {
      String tenant = report.version().adapter().tenant();
      warn(
          "%s does not trust that key; 'graft tenants trust %s FILE.pub' changes it"
              .formatted(tenant, tenant));
    }
  }
}
