package dev.graft.hub;

/**
 * A file of a repository, as the listing promises it.
 *
 * @param name its path in the repository; never leaves the folder it is put into
 * @param sizeBytes its length
 * @param digest what its content hashes to
 */
public record HubFile(String name, long sizeBytes, ContentDigest digest) {}
