package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.CollectionReport;
import java.io.IOException;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code graft store gc}: deletes what nothing refers to. */
@Command(
    name = "gc",
    customSynopsis = "graft store gc [--grace TIME] [OPTIONS]",
    description =
        "Delete the files of deleted versions, and what unfinished writes left. Safe beside running writers.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft store gc --dry-run",
      "  graft store gc --grace 0        # also what was deleted a moment ago"
    })
final class StoreGcCommand extends RegistryCommand {
  @Option(
      names = "--grace",
      paramLabel = "TIME",
      defaultValue = "24h",
      converter = RegistryConverters.TimeConverter.class,
      description = "Leave what was stored or deleted within this time. Default: ${DEFAULT-VALUE}.")
  Duration grace;

  @Mixin ChangeSettings change;

  StoreGcCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "collect garbage";
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    CollectionReport report = store.collect(grace, change.change());
    ObjectNode out = RegistryJson.object();
    out.put("blobs", report.blobs());
    out.put("sizeBytes", report.bytes());
    out.put("keptYoung", report.keptYoung());
    out.put("temporary", report.temporary());
    out.put("dryRun", change.dryRun);
    return answer(
        out,
        () ->
            tell(
                change.dryRun,
                "%s of %d blobs deleted%s%s"
                    .formatted(
                        Quantities.bytes(report.bytes()),
                        report.blobs(),
                        report.keptYoung() > 0
                            ? ", %d younger than the grace period kept"
                                .formatted(report.keptYoung())
                            : "",
                        report.temporary() > 0
                            ? ", %d unfinished files deleted".formatted(report.temporary())
                            : "")));
  }
}
