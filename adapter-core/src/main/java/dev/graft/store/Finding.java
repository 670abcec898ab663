package dev.graft.store;

/**
 * Something a check of the whole registry found.
 *
 * @param kind what kind of thing
 * @param subject where: a reference, a blob, a tenant
 * @param explanation what was found, what was expected, and what to do
 * @param repaired whether it was repaired
 */
public record Finding(Kind kind, String subject, String explanation, boolean repaired) {

  /** What can be wrong with a registry. */
  public enum Kind {
    /** A version refers to a blob that is not there. Repair: block the versions. */
    MISSING_BLOB(true),
    /** A blob has other bytes than its name says. Repair: set it aside and block the versions. */
    CHANGED_BLOB(true),
    /** A version lacks a file, or its manifest lists others. Repair: block it. */
    INCOMPLETE_VERSION(true),
    /** A row refers to a row that is not there. */
    DANGLING_ROW(true),
    /** An alias points to a deleted version. Repair: remove the alias. */
    ALIAS_TO_DELETED(true),
    /** An alias does not agree with its history. Repair: follow the history. */
    ALIAS_OFF_HISTORY(true),
    /** A tenant's totals are not the sums of its versions. Repair: add them up. */
    WRONG_TOTALS(true),
    /** The audit log is not what was written. */
    BROKEN_AUDIT(true),
    /** A version's key is not there, or does not open its files. */
    MISSING_KEY(true),
    /** A signature is over something else, or by another key than it names; or a key is none. */
    BAD_SIGNATURE(true),
    /** The keys that a tenant trusts, or its rule about signatures, are not what the log says. */
    TRUST_OFF_LOG(true),
    /** An alias points to a version that is refused, since its tenant requires a signature. */
    REFUSED_ALIAS(false),
    /**
     * Encrypted files that were not opened, since no keys were given; their bytes are as written.
     */
    NOT_DECRYPTED(false),
    /** Blobs nothing refers to; no harm, garbage collection deletes them. */
    ORPHAN_BLOBS(false),
    /** Files that unfinished writes left. Repair: delete them. */
    STALE_TEMPORARY(false);

    private final boolean error;

    Kind(boolean error) {
      this.error = error;
    }

    /** Whether the registry is damaged by it; false for what is only untidy. */
    public boolean isError() {
      return error;
    }
  }
}
