package dev.graft.cli;

import dev.graft.adapter.Derivation;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.format.AdapterFormats;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.store.AdapterStore;
import dev.graft.store.ParentLink;
import dev.graft.store.PublishResult;
import dev.graft.store.Search;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What {@code adapters add} and {@code train --publish} have in common. */
final class Publication {
  private Publication() {}

  static GraftRecord recordOf(Path adapter) throws IOException {
    return AdapterFormats.load(adapter, ReadOptions.strict()).adapter().record();
  }

  /** What the adapter's record says that it was made from, as far as the tenant has it. */
  static List<ParentLink> findParents(AdapterStore store, AdapterName name, GraftRecord record)
      throws IOException {
    List<ParentLink> parents = new ArrayList<>();
    String initial = record.training().path("inputs").path("initAdapter").asText();
    if (!initial.isEmpty()) {
      find(store, name, initial)
          .ifPresent(version -> parents.add(ParentLink.retrained(version.reference())));
    }
    List<Derivation.Parent> merged = record.derivation().map(Derivation::parents).orElse(List.of());
    for (Derivation.Parent parent : merged) {
      find(store, name, parent.digest())
          .ifPresent(
              version -> parents.add(ParentLink.merged(version.reference(), parent.weight())));
    }
    return parents;
  }

  /**
   * The tenant's version that computes what the digest identifies: of the same adapter, or else of
   * the first that had it; of an adapter's versions the one that its {@code @sha256:} names.
   */
  static Optional<Version> find(AdapterStore store, AdapterName name, String digest)
      throws IOException {
    List<Version> found = store.search(new Search().tenant(name.tenant()).digest(digest));
    Optional<AdapterName> adapter =
        found.stream()
            .filter(version -> version.adapter().equals(name))
            .findFirst()
            .or(() -> found.stream().min(Comparator.comparingLong(Version::sequence)))
            .map(Version::adapter);
    return adapter.isPresent()
        ? Optional.of(store.find(AdapterReference.parse(adapter.get() + "@" + digest)))
        : Optional.empty();
  }

  static void warn(PublishResult result, Screen screen) {
    for (String warning : result.warnings()) {
      screen.note(screen.noteStyle().yellow("warning: ") + warning);
    }
  }

  /** What was published, and what points to it. */
  static List<String> lines(PublishResult result, Style style) {
    Version version = result.version();
    List<String> lines = new ArrayList<>();
    String quality = RegistryText.quality(version);
    lines.add(
        "%s  %s, rank %d, %s%s"
            .formatted(
                style.bold(version.reference().toString()),
                version.type(),
                version.rank(),
                Quantities.bytes(version.sizeBytes()),
                quality.isEmpty() ? "" : ", " + quality));
    int probes = result.probesChecked().orElse(0);
    if (probes > 0) {
      lines.add(RegistryText.count(probes, "probe") + ", answered as after training");
    }
    result.signedBy().ifPresent(key -> lines.add("signed by key " + key));
    result.alias().ifPresent(alias -> lines.add(RegistryText.change(alias, style.arrow())));
    return lines;
  }
}
