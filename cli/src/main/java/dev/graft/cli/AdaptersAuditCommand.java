package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.model.AuditLine;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code graft adapters audit}: who changed what, and whether the log is as it was written. */
@Command(
    name = "audit",
    customSynopsis = "graft adapters audit [--tenant TENANT] [--verify] [OPTIONS]",
    description = "Show who changed what, the latest first; or check the log itself.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters audit --tenant acme --limit 20",
      "  graft adapters audit --verify          # exits with 7 if a line was changed",
      "",
      "Lines are only ever added, and each carries the hash of the one before it, so a",
      "line that was changed, removed or moved breaks the chain."
    })
final class AdaptersAuditCommand extends RegistryCommand {
  private static final int DEFAULT_LIMIT = 100;

  @Option(
      names = "--tenant",
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "Only lines about this tenant.")
  Optional<String> tenant = Optional.empty();

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "At most so many of the latest lines. Default: 100.")
  Optional<Integer> limit = Optional.empty();

  @Option(names = "--verify", description = "Check the chain of hashes over all lines.")
  boolean verify;

  AdaptersAuditCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "read the audit log";
  }

  @Override
  void check() {
    if (verify && (tenant.isPresent() || limit.isPresent())) {
      throw CommandFailure.usage(
          "--verify checks all lines",
          "a chain cannot be checked in parts",
          "leave --tenant and --limit out");
    }
    limit.ifPresent(most -> EngineSettings.requirePositive("--limit", most));
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    return verify ? verify(store, screen) : list(store, screen);
  }

  private ExitCode list(AdapterStore store, Screen screen) throws IOException {
    List<AuditLine> lines = store.audit(tenant, limit.orElse(DEFAULT_LIMIT));
    ObjectNode out = RegistryJson.object();
    ArrayNode list = out.putArray("lines");
    lines.forEach(line -> list.add(RegistryJson.audit(line)));
    return answer(
        out,
        () ->
            screen.print(
                lines.isEmpty() ? "nothing has happened" : AuditTable.of(lines, true, screen)));
  }

  private ExitCode verify(AdapterStore store, Screen screen) throws IOException {
    List<String> problems = store.verifyAudit();
    long count = store.audit(Optional.empty(), 1).stream().mapToLong(AuditLine::sequence).sum();
    ObjectNode out = RegistryJson.object();
    out.put("sound", problems.isEmpty());
    out.put("lines", count);
    problems.forEach(out.putArray("problems")::add);
    answer(
        out,
        () -> {
          if (problems.isEmpty()) {
            tell(false, "the audit log is sound, %d lines".formatted(count));
          } else {
            problems.forEach(problem -> screen.print(screen.style().red("! ") + problem));
          }
        });
    return problems.isEmpty() ? ExitCode.OK : ExitCode.INTEGRITY;
  }
}
