package dev.graft.store.model;

import java.time.Instant;

/**
 * A signature of a version, as it is kept; what it is worth is another question.
 *
 * @param keyId the key that is said to have signed
 * @param envelope the statement that was signed, with the signature: a DSSE envelope, as JSON
 * @param author who added it
 * @param time when it was added
 */
public record VersionSignature(String keyId, String envelope, String author, Instant time) {}
