package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.ExportOptions;
import dev.graft.store.ExportReport;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft adapters export}: a tenant as one file. */
@Command(
    name = "export",
    customSynopsis = "graft adapters export TENANT -o FILE [OPTIONS]",
    description =
        "Write all adapters of a tenant into one archive, to import it into another registry: versions with their files, states, tags, signatures, aliases and what these pointed to before. Deleted versions, keys, what is trusted and the log are not in it, and no other tenant is named.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters export acme -o acme.tar --note 'moves to the new site'",
      "  graft adapters export globex -o globex.tar --decrypt --keys /srv/graft-keys",
      "",
      "The archive is a plain tar. Only its owner may read the file."
    })
final class AdaptersExportCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "Which one.")
  String tenant;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "The file to make; it must not exist, unless with --force.")
  Path output;

  @Option(names = "--force", description = "Replace the file if it exists.")
  boolean force;

  @Option(
      names = "--decrypt",
      description =
          "Write the adapters of an encrypted tenant in the clear; there is no other archive of them.")
  boolean decrypt;

  @Mixin ChangeSettings change;

  AdaptersExportCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "export the tenant '%s'".formatted(tenant);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    ExportOptions options = new ExportOptions(decrypt, force);
    ExportReport report = store.exportTenant(tenant, output, options, change.change());
    return answer(json(report), () -> show(report, screen));
  }

  private ObjectNode json(ExportReport report) {
    ObjectNode out = RegistryJson.object();
    out.put("output", output.toString());
    out.put("tenant", report.tenant());
    out.put("archive", report.digest());
    out.put("sizeBytes", report.sizeBytes());
    out.put("adapters", report.adapters());
    out.put("versions", report.versions());
    out.put("signatures", report.signatures());
    out.put("parentsLeftOut", report.parentsLeftOut());
    report.warnings().forEach(out.putArray("warnings")::add);
    return out.put("dryRun", change.dryRun);
  }

  private void show(ExportReport report, Screen screen) {
    tell(
        change.dryRun,
        "%s  %s with %s of %s, %s%s"
            .formatted(
                screen.style().bold(output.toString()),
                tenant,
                RegistryText.count(report.versions(), "version"),
                RegistryText.count(report.adapters(), "adapter"),
                Quantities.bytes(report.sizeBytes()),
                RegistryText.signatures(report.signatures())));
    if (report.parentsLeftOut() > 0) {
      warn(RegistryText.parentsLeftOut(report.parentsLeftOut()));
    }
    report.warnings().forEach(this::warn);
  }
}
