package dev.graft.store.model;

import java.time.Instant;

/**
 * A customer.
 *
 * @param name its name
 * @param quota the most it may have
 * @param usedBytes bytes of its versions that are not deleted, each counted in full even where two
 *     share their blobs
 * @param usedVersions number of its versions that are not deleted
 * @param author who created it
 * @param time when
 * @param note why
 */
public record Tenant(
    String name,
    Quota quota,
    long usedBytes,
    long usedVersions,
    String author,
    Instant time,
    String note) {}
