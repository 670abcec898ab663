package dev.graft.store.model;

/**
 * A file of a version.
 *
 * @param name its name in an adapter's directory
 * @param digest its blob
 * @param sizeBytes its length
 */
public record VersionFile(String name, String digest, long sizeBytes) {}
