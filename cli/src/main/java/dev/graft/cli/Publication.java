package dev.graft.cli;

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
import dev.graft.store.model.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What {@code adapters add} and {@code train --publish} have in common. */
final class Publication {
  private Publication() {}

  /** What the adapter's record says that it was made from, as far as the tenant has it. */
  static List<ParentLink> findParents(AdapterStore store, AdapterName name, Path adapter)
      throws IOException {
    List<ParentLink> parents = new ArrayList<>();
    String initial =
        AdapterFormats.load(adapter, ReadOptions.strict())
            .adapter()
            .record()
            .training()
            .path("inputs")
            .path("initAdapter")
            .asText();
    if (!initial.isEmpty()) {
      find(store, name.tenant(), initial)
          .ifPresent(version -> parents.add(ParentLink.retrained(version.reference())));
    }
    return parents;
  }

  /** The tenant's newest version that computes what the digest identifies. */
  static Optional<Version> find(AdapterStore store, String tenant, String digest)
      throws IOException {
    return store.search(new Search().tenant(tenant).digest(digest).limit(1)).stream().findFirst();
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
    result.alias().ifPresent(alias -> lines.add(RegistryText.change(alias, style.arrow())));
    return lines;
  }
}
