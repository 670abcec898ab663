package dev.graft.store.blob;

/**
 * What identifies a blob.
 *
 * @param digest {@code sha256:} and 64 hexadecimal digits
 * @param sizeBytes its length
 */
public record Blob(String digest, long sizeBytes) {}
