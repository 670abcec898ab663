package dev.graft.cli;

import dev.graft.adapter.Adapter;
import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.PulledVersion;
import dev.graft.store.StoreLocation;
import dev.graft.store.StoredAdapter;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Names;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Opens adapters, wherever they are: those on the disk as ever, those in the registry with a
 * warning where they are deprecated, and not at all where they are blocked.
 */
final class StoreAdapters {
  private static final String PATH_REMEDY =
      "give the folder that 'graft train' made (RUN/adapter) or that PEFT saved";

  private final CommandContext context;
  private final StoreSettings place;

  StoreAdapters(CommandContext context, StoreSettings place) {
    this.context = context;
    this.place = place;
  }

  /** Reads an adapter. */
  Adapter load(AdapterSource source) throws IOException {
    Optional<AdapterReference> reference = source.reference();
    if (reference.isEmpty()) {
      requireNoReference(source);
      return Inputs.adapter(source.path(), context.screen());
    }
    try (AdapterStore store = open(source)) {
      StoredAdapter stored = store.load(reference.get());
      warnIfDeprecated(stored.version(), context.screen());
      stored.warnings().forEach(this::warn);
      return stored.adapter();
    } catch (NotInStoreException e) {
      throw missing(source, e);
    }
  }

  /**
   * Adapter and files of a version, or the folder on the disk.
   *
   * @param path the folder
   * @param version which version it is; empty for one on the disk
   */
  record Folder(Path path, Optional<Version> version) implements AutoCloseable {
    private static final Folder NONE = new Folder(Path.of(""), Optional.empty());

    /** No adapter at all. */
    static Folder none() {
      return NONE;
    }

    boolean isNone() {
      return equals(NONE);
    }

    /** Deletes what was taken out of the registry. */
    @Override
    public void close() throws IOException {
      Path parent = path.getParent();
      if (version.isPresent() && parent != null) {
        NewFolder.delete(parent);
      }
    }
  }

  /** An adapter as a folder, for those who read files; to be closed. */
  Folder folder(AdapterSource source) throws IOException {
    Optional<AdapterReference> reference = source.reference();
    if (reference.isEmpty()) {
      requireNoReference(source);
      Inputs.requireExists(source.path(), "adapter", PATH_REMEDY);
      return new Folder(Inputs.adapterFolder(source.path()), Optional.empty());
    }
    try (AdapterStore store = open(source)) {
      return pulled(store, reference.get());
    } catch (NotInStoreException e) {
      throw missing(source, e);
    }
  }

  /** The adapter that a version was trained from, if its tenant has it in the registry. */
  Folder withDigest(Version child, String digest) throws IOException {
    try (AdapterStore store = place.open(context)) {
      Optional<Version> found = Publication.find(store, child.adapter(), digest);
      if (found.isEmpty()) {
        throw new CommandFailure(
            ExitCode.NOT_FOUND,
            "cannot train like %s".formatted(child.reference()),
            "it started from an adapter that the tenant does not have, %s".formatted(digest),
            "give that adapter with --init-adapter");
      }
      return pulled(store, found.get().reference());
    }
  }

  private Folder pulled(AdapterStore store, AdapterReference reference) throws IOException {
    Path work = Files.createTempDirectory("graft-pulled");
    try {
      Path target = work.resolve("adapter");
      PulledVersion pulled = store.pull(reference, target, false);
      warnIfDeprecated(pulled.version(), context.screen());
      pulled.warnings().forEach(this::warn);
      return new Folder(target, Optional.of(pulled.version()));
    } catch (IOException | RuntimeException e) {
      NewFolder.delete(work);
      throw e;
    }
  }

  private AdapterStore open(AdapterSource source) throws IOException {
    StoreLocation location = place.location(context);
    if (!AdapterStore.exists(location)) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "cannot find the adapter",
          "there is no folder %s, and no registry at '%s' that could have it"
              .formatted(quoted(source), location),
          "check the path; or name the registry with --store or GRAFT_STORE");
    }
    return place.open(context);
  }

  private static void requireNoReference(AdapterSource source) {
    Optional<String> problem = source.isOnDisk() ? Optional.empty() : source.nearReference();
    if (problem.isPresent()) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "cannot find the adapter",
          "there is no folder %s; nor is it a version in the registry: %s"
              .formatted(quoted(source), problem.get()),
          "give a folder, or TENANT/NAME with or without :ALIAS or @VERSION");
    }
  }

  private static CommandFailure missing(AdapterSource source, NotInStoreException e) {
    return new CommandFailure(
        ExitCode.NOT_FOUND,
        "cannot find the adapter",
        "there is no folder %s; as a version in the registry: %s"
            .formatted(quoted(source), e.getMessage()),
        "check the path; 'graft adapters list' shows what the registry has",
        e);
  }

  private static String quoted(AdapterSource source) {
    return Names.quote(source.text()).replace('"', '\'');
  }

  private void warn(String text) {
    Screen screen = context.screen();
    screen.note(screen.noteStyle().yellow("warning: ") + text);
  }

  static void warnIfDeprecated(Version version, Screen screen) {
    if (version.state() == VersionState.DEPRECATED) {
      screen.note(
          screen.noteStyle().yellow("warning: ")
              + "%s is deprecated; 'graft adapters show' may say why"
                  .formatted(version.reference()));
    }
  }
}
