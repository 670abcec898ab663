package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.Change;
import dev.graft.store.CheckReport;
import dev.graft.store.Finding;
import java.io.IOException;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code graft store fsck}: is everything as it was written? */
@Command(
    name = "fsck",
    customSynopsis = "graft store fsck [--repair] [OPTIONS]",
    description =
        "Check the whole registry, every byte of it, and explain what is wrong. Safe beside running writers.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft store fsck                  # exits with 7 if something is damaged",
      "  graft store fsck --repair --note 'after the disk failure'",
      "",
      "Without --repair nothing is changed. With it, versions whose files are missing",
      "or changed are blocked, changed files are set aside, and sums are corrected."
    })
final class StoreFsckCommand extends RegistryCommand {
  @Option(names = "--repair", description = "Repair what can be repaired.")
  boolean repair;

  @Mixin AuthorSettings author;

  StoreFsckCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "check the registry";
  }

  @Override
  void check() {
    if (!repair && author.note.isPresent()) {
      throw CommandFailure.usage(
          "--note has nothing to go with", "without --repair nothing is changed", "add --repair");
    }
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    Change change = author.change();
    CheckReport report = store.check(repair ? change : change.dry());
    answer(json(report), () -> show(report, screen));
    return report.isSound() ? ExitCode.OK : ExitCode.INTEGRITY;
  }

  private static ObjectNode json(CheckReport report) {
    ObjectNode out = RegistryJson.object();
    out.put("sound", report.isSound());
    out.put("versions", report.versions());
    out.put("blobs", report.blobs());
    ArrayNode findings = out.putArray("findings");
    for (Finding finding : report.findings()) {
      findings
          .addObject()
          .put("kind", word(finding.kind()))
          .put("damage", finding.kind().isError())
          .put("subject", finding.subject())
          .put("explanation", finding.explanation())
          .put("repaired", finding.repaired());
    }
    return out;
  }

  private void show(CheckReport report, Screen screen) {
    for (Finding finding : report.findings()) {
      String mark =
          finding.repaired()
              ? screen.style().green("repaired")
              : finding.kind().isError()
                  ? screen.style().red("damaged")
                  : screen.style().yellow("untidy");
      screen.print(
          "%s  %s  %s"
              .formatted(mark, word(finding.kind()), RegistryText.oneLine(finding.subject(), 120)));
      screen.print("  " + RegistryText.oneLine(finding.explanation(), 1000));
    }
    String seen =
        "%s and %s read"
            .formatted(
                RegistryText.count(report.versions(), "version"),
                RegistryText.count(report.blobs(), "blob"));
    if (report.isSound()) {
      tell(false, "the registry is sound, %s".formatted(seen));
    } else {
      screen.print(
          "%s %s%s"
              .formatted(
                  screen.style().red("the registry is damaged,"),
                  seen,
                  repair ? "" : "; --repair repairs what can be repaired"));
    }
  }

  private static String word(Finding.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
