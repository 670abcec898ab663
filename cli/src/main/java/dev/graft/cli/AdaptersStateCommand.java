package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Parameters;

/** {@code graft adapters activate}, {@code deprecate}, {@code block} and {@code delete}. */
@Command(footerHeading = "%nExample:%n")
final class AdaptersStateCommand extends RegistryCommand {
  /** The four commands. */
  enum Verb {
    ACTIVATE(
        VersionState.ACTIVE, "Serve a version again that was deprecated or blocked.", "'checked'"),
    DEPRECATE(
        VersionState.DEPRECATED,
        "Go on serving a version, but warn everyone who uses it.",
        "'use version 4'"),
    BLOCK(
        VersionState.BLOCKED,
        "Refuse a version from now on everywhere, whatever points to it.",
        "'leaks names'"),
    DELETE(
        VersionState.DELETED,
        "Delete a version for good. Refused while an alias points to it; its files go with the next 'graft store gc'.",
        "'asked for by mail'");

    private final VersionState state;
    private final String description;
    private final String note;

    Verb(VersionState state, String description, String note) {
      this.state = state;
      this.description = description;
      this.note = note;
    }

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Verb verb;

  @Parameters(
      paramLabel = "REF",
      converter = RegistryConverters.ReferenceConverter.class,
      description = "The version.")
  AdapterReference reference;

  @Mixin ChangeSettings change;

  AdaptersStateCommand(CommandContext context, Verb verb) {
    super(context);
    this.verb = verb;
  }

  /** The command with its own help. */
  static CommandLine line(CommandContext context, Verb verb) {
    CommandLine line = new CommandLine(new AdaptersStateCommand(context, verb));
    UsageMessageSpec help = line.getCommandSpec().name(verb.word()).usageMessage();
    help.customSynopsis("graft adapters %s REF [OPTIONS]".formatted(verb.word()));
    help.description(verb.description);
    help.footer("  graft adapters %s acme/support@3 --note %s".formatted(verb.word(), verb.note));
    return line;
  }

  @Override
  public String doing() {
    return "%s '%s'".formatted(verb.word(), reference);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    Version before = store.find(reference);
    Version after = store.setState(before.reference(), verb.state, change.change());
    ObjectNode out = RegistryJson.object();
    out.set("version", RegistryJson.version(after));
    out.put("before", before.state().text());
    out.put("dryRun", change.dryRun);
    return answer(
        out,
        () ->
            tell(
                change.dryRun,
                before.state() == after.state()
                    ? "%s is %s already".formatted(after.reference(), after.state().text())
                    : "%s is %s now, it was %s"
                        .formatted(
                            after.reference(), after.state().text(), before.state().text())));
  }
}
