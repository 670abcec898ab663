package dev.graft.store;

/**
 * What signing came to.
 *
 * @param isNew false where the key had signed exactly this already, and nothing was written
 * @param report all signatures of the version, with this one
 */
public record SigningResult(boolean isNew, SignatureReport report) {}
