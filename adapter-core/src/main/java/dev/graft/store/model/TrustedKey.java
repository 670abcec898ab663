package dev.graft.store.model;

import java.time.Instant;

/**
 * A key whose signatures a tenant trusts.
 *
 * @param keyId {@code sha256:} and the digest of the public key
 * @param publicKey the public key, as a PEM file
 * @param author who had it trusted
 * @param time when
 * @param note why
 */
public record TrustedKey(
    String keyId, String publicKey, String author, Instant time, String note) {}
