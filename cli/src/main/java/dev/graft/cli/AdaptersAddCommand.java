package dev.graft.cli;

import dev.graft.adapter.GraftRecord;
import dev.graft.cli.screen.Screen;
import dev.graft.export.Bundle;
import dev.graft.export.Manifest;
import dev.graft.probe.ProbeCheck;
import dev.graft.store.AdapterStore;
import dev.graft.store.ParentLink;
import dev.graft.store.PublishRequest;
import dev.graft.store.PublishResult;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AdapterReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft adapters add}: publishes a version. */
@Command(
    name = "add",
    customSynopsis = "graft adapters add RUN|DIR TENANT/NAME [OPTIONS]",
    description = "Check an adapter and publish it as the next version of TENANT/NAME.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters add runs/support acme/support --alias candidate",
      "  graft adapters add runs/support acme/support --alias prod --expect @3 \\",
      "      --require 'evalAccuracy>=0.9' --not-worse-than prod --note 'week 12'",
      "  graft adapters add runs/support acme/support --bundle bundle --dry-run",
      "",
      "A version never changes. Publishing the same files again finds the version that",
      "has them. What a run started from (--init-adapter) or was combined of becomes a",
      "parent of the version, if the tenant has it; --parent names others instead."
    })
final class AdaptersAddCommand extends RegistryCommand {
  @Parameters(index = "0", paramLabel = "RUN|DIR", description = "A run, or an adapter.")
  Path source;

  @Parameters(
      index = "1",
      paramLabel = "TENANT/NAME",
      converter = RegistryConverters.NameConverter.class,
      description = "Whose it is, and what the tenant calls it.")
  AdapterName name;

  @Option(
      names = "--parent",
      paramLabel = "REF",
      converter = RegistryConverters.ReferenceConverter.class,
      description = "A version that this one was made from; may be given several times.")
  List<AdapterReference> parents = new ArrayList<>();

  @Option(
      names = "--bundle",
      paramLabel = "BUNDLE",
      description =
          "Check with this bundle that the adapter belongs to it, has an effect and answers its probes as after training.")
  Optional<Path> bundle = Optional.empty();

  @Option(
      names = "--base",
      paramLabel = "DIGEST",
      description = "The base it belongs to, where it does not say so itself: the bundle's.")
  Optional<String> base = Optional.empty();

  @Option(
      names = "--tokenizer",
      paramLabel = "DIGEST",
      description = "The tokenizer likewise; 'graft inspect BUNDLE' shows both.")
  Optional<String> tokenizer = Optional.empty();

  @Mixin ReleaseSettings release;
  @Mixin ChangeSettings change;

  AdaptersAddCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "publish '%s' as %s".formatted(source, name);
  }

  @Override
  void check() throws IOException {
    release.check();
    Inputs.requireExists(source, "adapter", "give the folder that 'graft train' made");
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    Path adapter = Inputs.adapterFolder(source);
    GraftRecord record = Publication.recordOf(adapter);
    PublishRequest request = PublishRequest.of(name, adapter);
    release.applyTo(request);
    base.ifPresent(request::baseDigest);
    tokenizer.ifPresent(request::tokenizerDigest);
    if (bundle.isPresent()) {
      checkWith(Inputs.bundle(bundle.get()), record, request);
    }
    parents.forEach(parent -> request.parent(ParentLink.retrained(parent)));
    if (parents.isEmpty()) {
      Publication.findParents(store, name, record).forEach(request::parent);
    }
    PublishResult result = store.publish(request, change.change());
    Publication.warn(result, screen);
    return answer(
        RegistryJson.published(result, change.dryRun),
        () -> Publication.lines(result, screen.style()).forEach(line -> tell(change.dryRun, line)));
  }

  /** The bundle also says what an adapter belongs to that does not say so itself. */
  private void checkWith(Bundle opened, GraftRecord record, PublishRequest request) {
    Manifest manifest = opened.manifest();
    if (record.baseDigest().isEmpty() && base.isEmpty()) {
      request.baseDigest(manifest.baseDigest());
    }
    if (record.tokenizerDigest().isEmpty() && tokenizer.isEmpty()) {
      manifest.tokenizerDigest().ifPresent(request::tokenizerDigest);
    }
    request.check(new ProbeCheck(opened));
  }
}
