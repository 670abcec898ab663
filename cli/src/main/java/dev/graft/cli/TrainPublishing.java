package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.export.Bundle;
import dev.graft.probe.ProbeCheck;
import dev.graft.store.AdapterStore;
import dev.graft.store.Change;
import dev.graft.store.ParentLink;
import dev.graft.store.PublishRequest;
import dev.graft.store.PublishResult;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.Names;
import dev.graft.store.model.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** {@code --publish} of {@code graft train}: the adapter goes to the registry when it is done. */
final class TrainPublishing {
  @Option(
      names = "--publish",
      order = 699,
      paramLabel = "TENANT/NAME",
      converter = RegistryConverters.NameConverter.class,
      description = "Publish the adapter in the registry as the next version of TENANT/NAME.")
  Optional<AdapterName> name = Optional.empty();

  @Mixin ReleaseSettings release;
  @Mixin AuthorSettings author;

  /** Refuses what cannot succeed before anything is trained for it. */
  void check(CommandContext context, StoreSettings place, ParseResult parsed) throws IOException {
    if (name.isEmpty()) {
      if (release.isGiven(parsed) || author.note.isPresent()) {
        throw CommandFailure.usage(
            "there is nothing to publish",
            "--alias, --expect, --require, --not-worse-than, --tag, --allow-new-base, --sign-key and --note are about publishing",
            "add --publish TENANT/NAME, or leave them out");
      }
      return;
    }
    release.check();
    author.change();
    try (AdapterStore store = place.open(context)) {
      store.tenant(Names.check("tenant", name.get().tenant()));
    }
  }

  /**
   * Publishes what was trained, if it answers as it did a moment ago.
   *
   * @param bundle what it was trained on
   * @param parents the versions that it was made from
   */
  Optional<PublishResult> publish(
      CommandContext context,
      StoreSettings place,
      Bundle bundle,
      Path run,
      Path adapter,
      List<Version> parents)
      throws IOException {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    try (AdapterStore store = place.open(context)) {
      PublishRequest request = PublishRequest.of(name.get(), adapter).check(new ProbeCheck(bundle));
      release.applyTo(request);
      for (Version parent : parents) {
        request.parent(ParentLink.retrained(parent.reference()));
      }
      if (parents.isEmpty()) {
        Publication.findParents(store, name.get(), Publication.recordOf(adapter))
            .forEach(request::parent);
      }
      Change change = author.change();
      PublishResult result = store.publish(request, change);
      Publication.warn(result, context.screen());
      return Optional.of(result);
    } catch (IOException | IllegalArgumentException e) {
      throw kept(e, run);
    }
  }

  private CommandFailure kept(Exception e, Path run) {
    CommandFailure failure =
        Failures.explain(e, "publish '%s' as %s".formatted(run, name.orElseThrow()));
    return new CommandFailure(
        failure.exitCode(),
        "the adapter was trained, but not published",
        failure.why(),
        "the run is kept; publish it with 'graft adapters add %s %s' (%s)"
            .formatted(run, name.orElseThrow(), failure.fix()),
        e);
  }

  static void show(PublishResult result, Screen screen) {
    for (String line : Publication.lines(result, screen.style())) {
      screen.print("%s %s".formatted(screen.style().done(), line));
    }
  }

  static void addTo(ObjectNode answer, PublishResult result) {
    answer.set("published", RegistryJson.published(result, false));
  }
}
