package dev.graft.store;

import dev.graft.store.model.Alias;
import dev.graft.store.model.Parent;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import java.util.List;

/**
 * All that the index knows of a version.
 *
 * @param version the version
 * @param files its files, by name; empty once its blobs were collected
 * @param parents what it was made from
 * @param tags its labels
 * @param aliases what points to it
 */
public record VersionDetails(
    Version version,
    List<VersionFile> files,
    List<Parent> parents,
    List<String> tags,
    List<Alias> aliases) {
  /** Copy the lists. */
  public VersionDetails {
    files = List.copyOf(files);
    parents = List.copyOf(parents);
    tags = List.copyOf(tags);
    aliases = List.copyOf(aliases);
  }
}
