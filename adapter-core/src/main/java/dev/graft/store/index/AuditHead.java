package dev.graft.store.index;

/**
 * The last line of the audit log.
 *
 * @param sequence its number, 0 while there is none
 * @param hash its hash
 */
public record AuditHead(long sequence, String hash) {}
