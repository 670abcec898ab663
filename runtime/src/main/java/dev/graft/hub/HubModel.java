package dev.graft.hub;

import java.util.List;

/**
 * A model repository at one commit, and what of it is worth having.
 *
 * @param id its name
 * @param revision the branch, tag or commit that was asked for
 * @param commit the commit that this was at the time; what is downloaded is of this one
 * @param files the files that would be pulled, by name
 * @param leftOut how many others it has
 */
public record HubModel(HubId id, String revision, String commit, List<HubFile> files, int leftOut) {
  public HubModel {
    files = List.copyOf(files);
  }

  /** Bytes of all files that would be pulled. */
  public long sizeBytes() {
    return files.stream().mapToLong(HubFile::sizeBytes).sum();
  }
}
