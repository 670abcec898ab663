package dev.graft.store;

/**
 * What a collection of garbage came to.
 *
 * @param blobs how many blobs were deleted, or would be
 * @param bytes what they took
 * @param keptYoung unreferenced blobs younger than the grace period, which stay
 * @param temporary unfinished files that were swept
 */
public record CollectionReport(int blobs, long bytes, int keptYoung, int temporary) {}
