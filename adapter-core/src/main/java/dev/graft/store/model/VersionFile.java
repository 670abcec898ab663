package dev.graft.store.model;

/**
 * A file of a version.
 *
 * @param name its name in an adapter's directory
 * @param digest of its content
 * @param sizeBytes of its content
 * @param blob the digest of the blob that holds it; the content's own where no key encrypts it
 * @param blobBytes the length of that blob
 * @param keyId the tenant's key that encrypts the blob; empty for none
 */
public record VersionFile(
    String name, String digest, long sizeBytes, String blob, long blobBytes, String keyId) {
  /** A file whose blob is its content. */
  public static VersionFile plain(String name, String digest, long sizeBytes) {
    return new VersionFile(name, digest, sizeBytes, digest, sizeBytes, "");
  }

  /** Whether blob and content are the same where no key encrypts it; a changed index says else. */
  public boolean isConsistent() {
    return isEncrypted() || (blob.equals(digest) && blobBytes == sizeBytes);
  }

  /** Whether a key is needed to read it. */
  public boolean isEncrypted() {
    return !keyId.isEmpty();
  }
}
