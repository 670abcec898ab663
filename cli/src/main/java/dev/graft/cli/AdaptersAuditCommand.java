package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.Names;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft adapters audit}: who changed what, and whether the log is as it was written. */
@Command(
    name = "audit",
    customSynopsis = "graft adapters audit [TENANT|TENANT/NAME] [--verify] [OPTIONS]",
    description = "Show who changed what, the latest first; or check the log itself.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters audit acme --limit 20",
      "  graft adapters audit acme/support",
      "  graft adapters audit --verify          # exits with 7 if a line was changed",
      "",
      "Lines are only ever added, and each carries the hash of the one before it, so a",
      "line that was changed, removed or moved breaks the chain."
    })
final class AdaptersAuditCommand extends RegistryCommand {
  private static final int DEFAULT_LIMIT = 100;

  @Parameters(
      arity = "0..1",
      paramLabel = "TENANT|TENANT/NAME",
      description = "Only lines about this tenant, or this adapter. Default: all lines.")
  Optional<String> what = Optional.empty();

  @Option(
      names = "--tenant",
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "The same as TENANT.")
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
    if (verify && (what.isPresent() || tenant.isPresent() || limit.isPresent())) {
      throw CommandFailure.usage(
          "--verify checks all lines",
          "a chain cannot be checked in parts",
          "leave tenant, adapter and --limit out");
    }
    if (what.isPresent() && tenant.isPresent()) {
      throw CommandFailure.usage(
          "the tenant is given twice",
          "%s and --tenant both say whose lines are meant".formatted(Names.quote(what.get())),
          "leave --tenant out");
    }
    limit.ifPresent(most -> EngineSettings.requirePositive("--limit", most));
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    return verify ? verify(store, screen) : list(store, screen);
  }

  private ExitCode list(AdapterStore store, Screen screen) throws IOException {
    List<AuditLine> lines = lines(store, limit.orElse(DEFAULT_LIMIT));
    ObjectNode out = RegistryJson.object();
    ArrayNode list = out.putArray("lines");
    lines.forEach(line -> list.add(RegistryJson.audit(line)));
    return answer(
        out,
        () ->
            screen.print(
                lines.isEmpty() ? "nothing has happened" : AuditTable.of(lines, true, screen)));
  }

  private List<AuditLine> lines(AdapterStore store, int most) throws IOException {
    if (what.isPresent() && what.get().indexOf('/') >= 0) {
      return store.audit(AdapterName.parse(what.get()), most);
    }
    Optional<String> name =
        what.isPresent() ? Optional.of(Names.check("tenant", what.get())) : tenant;
    List<AuditLine> found = store.audit(name, most);
    if (found.isEmpty() && name.isPresent()) {
      store.tenant(name.get());
    }
    return found;
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
