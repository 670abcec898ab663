package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.StoreWatch;
import dev.graft.store.model.AuditLine;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code graft store watch}: what happens, as it happens. */
@Command(
    name = "watch",
    customSynopsis = "graft store watch [OPTIONS]",
    description = "Follow what happens in the registry, within a second of it. Ctrl-C ends.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft store watch --tenant acme",
      "  graft store watch --after 0 --for 1s --json     # the whole log, a line each"
    })
final class StoreWatchCommand extends RegistryCommand {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  @Option(
      names = "--tenant",
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "Only what concerns this tenant.")
  Optional<String> tenant = Optional.empty();

  @Option(
      names = "--after",
      paramLabel = "LINE",
      description = "Begin after this line of the audit log. Default: its end.")
  Optional<Long> after = Optional.empty();

  @Option(
      names = "--for",
      paramLabel = "TIME",
      converter = RegistryConverters.TimeConverter.class,
      description = "End after this time without news: 30s, 10m. Default: never.")
  Optional<Duration> patience = Optional.empty();

  StoreWatchCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "follow the registry";
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException, InterruptedException {
    if (tenant.isPresent()) {
      // Whose name is misspelt would be waited for in vain.
      store.tenant(tenant.get());
    }
    try (StoreWatch watch = after.isPresent() ? store.watch(after.get()) : store.watch()) {
      Duration wait = patience.orElse(LONGEST_WAIT);
      while (true) {
        var lines = watch.next(wait);
        if (lines.isEmpty() && patience.isPresent()) {
          return ExitCode.OK;
        }
        for (AuditLine line : lines) {
          if (tenant.isEmpty() || line.tenant().equals(tenant.get())) {
            print(line, screen);
          }
        }
        screen.flush();
      }
    }
  }

  private void print(AuditLine line, Screen screen) {
    if (json) {
      screen.printJsonLine(RegistryJson.audit(line));
      return;
    }
    screen.print(
        "%s  %s  %s  %s%s"
            .formatted(
                RegistryText.minute(line.time()),
                RegistryText.oneLine(line.author(), 20),
                screen.style().bold(line.action()),
                RegistryText.oneLine(line.subject(), 200),
                line.note().isEmpty() ? "" : "  " + RegistryText.oneLine(line.note(), 100)));
  }
}
