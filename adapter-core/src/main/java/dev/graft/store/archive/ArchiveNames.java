package dev.graft.store.archive;

/** How the entries of an archive are named. */
final class ArchiveNames {
  /** The document, which comes first. */
  static final String DOCUMENT = "graft-archive.json";

  private static final String CONTENT_START = "blobs/sha256/";
  private static final String DIGEST_START = "sha256:";

  private ArchiveNames() {}

  /** The entry with the content of a digest. */
  static String ofContent(String digest) {
    return CONTENT_START + digest.substring(DIGEST_START.length());
  }
}
