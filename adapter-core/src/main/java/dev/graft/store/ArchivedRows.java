package dev.graft.store;

import dev.graft.store.archive.ArchivedAdapter.ArchivedMove;
import dev.graft.store.archive.ArchivedVersion;
import dev.graft.store.archive.ArchivedVersion.ArchivedFile;
import dev.graft.store.archive.ArchivedVersion.ArchivedParent;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.Parent;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import dev.graft.store.model.VersionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What an archive says, in the words of the index. */
final class ArchivedRows {
  private ArchivedRows() {}

  /**
   * A version.
   *
   * @param adapter what its adapter is called where the version is
   * @param sequence the audit line of its publication
   */
  static Version version(AdapterName adapter, ArchivedVersion archived, long sequence) {
    return new Version(
        adapter,
        archived.number(),
        VersionState.parse(archived.state()),
        archived.digest(),
        archived.manifest(),
        archived.baseDigest(),
        archived.tokenizerDigest(),
        archived.type(),
        archived.rank(),
        archived.sizeBytes(),
        archived.metrics(),
        archived.author(),
        archived.time(),
        archived.note(),
        sequence);
  }

  /** The files of a version that are not stored yet. */
  static List<VersionFile> files(ArchivedVersion version) {
    return version.files().stream()
        .map(file -> VersionFile.plain(file.name(), file.digest(), file.sizeBytes()))
        .toList();
  }

  /**
   * The files of a version.
   *
   * @param stored where each content is, by its digest
   */
  static List<VersionFile> files(ArchivedVersion version, Map<String, VersionFile> stored) {
    List<VersionFile> files = new ArrayList<>();
    for (ArchivedFile file : version.files()) {
      VersionFile place = Objects.requireNonNull(stored.get(file.digest()));
      files.add(
          new VersionFile(
              file.name(),
              place.digest(),
              place.sizeBytes(),
              place.blob(),
              place.blobBytes(),
              place.keyId()));
    }
    return files;
  }

  /** The parents of a version, which are their tenant's own. */
  static List<Parent> parents(String tenant, ArchivedVersion version) {
    List<Parent> parents = new ArrayList<>();
    for (ArchivedParent parent : version.parents()) {
      Double weight = parent.weight();
      parents.add(
          new Parent(
              new AdapterName(tenant, parent.adapter()),
              parent.version(),
              parent.relation(),
              weight == null ? OptionalDouble.empty() : OptionalDouble.of(weight)));
    }
    return parents;
  }

  /**
   * A move of an alias.
   *
   * @param sequence the audit line that records it
   */
  static AliasMove move(ArchivedMove move, long sequence) {
    return new AliasMove(
        move.revision(),
        AliasMove.Kind.valueOf(move.kind().toUpperCase(Locale.ROOT)),
        optional(move.version()),
        optional(move.undo()),
        move.author(),
        move.time(),
        move.note(),
        sequence);
  }

  private static OptionalInt optional(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }
}
