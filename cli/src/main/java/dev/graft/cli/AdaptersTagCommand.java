package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.model.AdapterReference;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Parameters;

/** {@code graft adapters tag} and {@code untag}. */
@Command(footerHeading = "%nExample:%n")
final class AdaptersTagCommand extends RegistryCommand {
  private final boolean adds;

  @Parameters(
      index = "0",
      paramLabel = "REF",
      converter = RegistryConverters.ReferenceConverter.class,
      description = "The version.")
  AdapterReference reference;

  @Parameters(
      index = "1",
      paramLabel = "TAG",
      converter = RegistryConverters.WordConverter.class,
      description = "The label.")
  String tag;

  @Mixin ChangeSettings change;

  private AdaptersTagCommand(CommandContext context, boolean adds) {
    super(context);
    this.adds = adds;
  }

  /** The command with its own help. */
  static CommandLine line(CommandContext context, boolean adds) {
    String word = adds ? "tag" : "untag";
    CommandLine line = new CommandLine(new AdaptersTagCommand(context, adds));
    UsageMessageSpec help = line.getCommandSpec().name(word).usageMessage();
    help.customSynopsis("graft adapters %s REF TAG [OPTIONS]".formatted(word));
    help.description(
        adds
            ? "Label a version, to find it by 'graft adapters search --tag'."
            : "Take a label from a version.");
    help.footer("  graft adapters %s acme/support@3 week-12".formatted(word));
    return line;
  }

  @Override
  public String doing() {
    return "%s '%s'".formatted(adds ? "tag" : "untag", reference);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    AdapterReference version = store.find(reference).reference();
    boolean changed =
        adds
            ? store.tag(version, tag, change.change())
            : store.untag(version, tag, change.change());
    ObjectNode out = RegistryJson.object();
    out.put("reference", version.toString());
    out.put("tag", tag);
    out.put("changed", changed);
    out.put("dryRun", change.dryRun);
    return answer(
        out,
        () ->
            tell(
                change.dryRun,
                changed
                    ? "%s %s the tag %s".formatted(version, adds ? "got" : "lost", tag)
                    : "%s %s the tag %s already".formatted(version, adds ? "has" : "lacks", tag)));
  }
}
