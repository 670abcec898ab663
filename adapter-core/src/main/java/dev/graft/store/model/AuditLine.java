package dev.graft.store.model;

import java.time.Instant;

/**
 * One line of the audit log. Lines are only ever added; each carries the hash of the one before it.
 *
 * @param sequence 1 for the first, without gaps
 * @param time by the clock of the machine that wrote it; order is by {@link #sequence}
 * @param author who did it
 * @param tenant whose it was; empty for what concerns the whole registry
 * @param action what was done, such as {@code promote}
 * @param subject to what, such as {@code acme/support:prod}
 * @param detail a JSON object: what was before and is after
 * @param note why
 * @param previous hash of the line before; 64 zeros for the first
 * @param hash over all the above, see {@code docs/formats/store.md}
 */
public record AuditLine(
    long sequence,
    Instant time,
    String author,
    String tenant,
    String action,
    String subject,
    String detail,
    String note,
    String previous,
    String hash) {}
