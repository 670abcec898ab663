package dev.graft.hub;

import java.nio.file.Path;

/**
 * What a pull did.
 *
 * @param directory where the files are
 * @param transferredBytes bytes that came over the network, repeated ones included
 * @param keptBytes bytes that an earlier attempt had left
 * @param retries how often something was tried again
 */
public record PullReport(Path directory, long transferredBytes, long keptBytes, int retries) {}
