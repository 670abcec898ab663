package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.ImportOptions;
import dev.graft.store.ImportReport;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft adapters import}: a tenant out of one file. */
@Command(
    name = "import",
    customSynopsis = "graft adapters import FILE [--as TENANT] [OPTIONS]",
    description =
        "Take in a tenant that 'graft adapters export' wrote. The whole archive is checked first, every version as if it were published; then all of it is there at once, with its numbers, times and authors.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters import acme.tar --dry-run",
      "  graft adapters import acme.tar --as acme-2 --max-bytes 2GiB --note 'moved'",
      "  graft adapters import globex.tar --encrypt --keys /srv/graft-keys",
      "",
      "The tenant is created, or has no adapters yet. Without --max-bytes and",
      "--max-versions it keeps the limits that it had. Signatures are kept where it",
      "keeps its name; which keys it trusts here is told by 'graft tenants trust'."
    })
final class AdaptersImportCommand extends RegistryCommand {
  @Parameters(paramLabel = "FILE", description = "The archive.")
  Path archive;

  @Option(
      names = "--as",
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "The name it gets here, if not the one it had.")
  Optional<String> name = Optional.empty();

  @Option(
      names = "--encrypt",
      description = "Encrypt what is imported, with a key of its own; needs --keys.")
  boolean encrypt;

  @Mixin QuotaSettings quota;
  @Mixin ChangeSettings change;

  AdaptersImportCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "import '%s'".formatted(archive);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    ImportReport report;
    try {
      report = store.importTenant(archive, options(), change.change());
    } catch (VersionStateException e) {
      String why = String.valueOf(e.getMessage());
      throw new CommandFailure(
          ExitCode.CONFLICT,
          "cannot " + doing(),
          why.split(";", 2)[0],
          "import it under another name with --as OTHER",
          e);
    }
    return answer(json(report), () -> show(report, screen));
  }

  private ImportOptions options() {
    ImportOptions options = ImportOptions.DEFAULTS;
    if (name.isPresent()) {
      options = options.as(name.get());
    }
    if (encrypt) {
      options = options.encrypted();
    }
    return quota.isGiven() ? options.quota(quota::over) : options;
  }

  private ObjectNode json(ImportReport report) {
    ObjectNode out = RegistryJson.object();
    out.set("tenant", RegistryJson.tenant(report.tenant()));
    out.put("archive", report.archive());
    out.put("exportedFrom", report.exportedFrom());
    out.put("exportedTenant", report.exportedTenant());
    out.put("adapters", report.adapters());
    out.put("versions", report.versions());
    out.put("signatures", report.signatures());
    out.put("signaturesLeftOut", report.signaturesLeftOut());
    out.put("parentsLeftOut", report.parentsLeftOut());
    report.warnings().forEach(out.putArray("warnings")::add);
    return out.put("dryRun", change.dryRun);
  }

  private void show(ImportReport report, Screen screen) {
    tell(
        change.dryRun,
        "%s  %s of %s, %s%s"
            .formatted(
                screen.style().bold(report.tenant().name()),
                RegistryText.count(report.versions(), "version"),
                RegistryText.count(report.adapters(), "adapter"),
                Quantities.bytes(report.tenant().usedBytes()),
                RegistryText.signatures(report.signatures())));
    if (report.parentsLeftOut() > 0) {
      warn(RegistryText.parentsLeftOut(report.parentsLeftOut()));
    }
    report.warnings().forEach(this::warn);
  }
}
