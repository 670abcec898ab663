package dev.graft.store.archive;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import dev.graft.store.model.Quota;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * All that an archive says of a tenant: the JSON of its first entry.
 *
 * @param formatVersion of the archive
 * @param digest of this document with an empty digest; a changed byte shows
 * @param storeId the registry it comes from
 * @param tenant the customer's name there
 * @param time when it was exported
 * @param author who exported it
 * @param note why
 * @param encrypted whether a key encrypted its adapters there; in an archive they never are
 * @param maxBytes its limit of bytes there; null for none
 * @param maxVersions its limit of versions there; null for none
 * @param adapters by name
 * @param versions all that are not deleted, in the order of their publication
 */
public record ArchivedTenant(
    int formatVersion,
    String digest,
    String storeId,
    String tenant,
    Instant time,
    String author,
    String note,
    boolean encrypted,
    @JsonSetter(nulls = Nulls.SET) @Nullable Long maxBytes,
    @JsonSetter(nulls = Nulls.SET) @Nullable Long maxVersions,
    List<ArchivedAdapter> adapters,
    List<ArchivedVersion> versions) {
  /** The format that is written, and the only one that is read. */
  public static final int FORMAT_VERSION = 1;

  /** Copy the lists. */
  public ArchivedTenant {
    adapters = List.copyOf(adapters);
    versions = List.copyOf(versions);
  }

  ArchivedTenant withDigest(String other) {
    return new ArchivedTenant(
        formatVersion,
        other,
        storeId,
        tenant,
        time,
        author,
        note,
        encrypted,
        maxBytes,
        maxVersions,
        adapters,
        versions);
  }

  /** The most it might have where it comes from. */
  public Quota limits() {
    return new Quota(limit(maxBytes), limit(maxVersions));
  }

  private static OptionalLong limit(@Nullable Long value) {
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /** Bytes of all versions, each counted in full. */
  public long totalBytes() {
    return versions.stream().mapToLong(ArchivedVersion::sizeBytes).sum();
  }

  /** How many signatures its versions have. */
  public int totalSignatures() {
    return versions.stream().mapToInt(version -> version.signatures().size()).sum();
  }

  /** How many parents of its versions are not in the archive. */
  public long totalParentsLeftOut() {
    return versions.stream().mapToLong(ArchivedVersion::parentsLeftOut).sum();
  }
}
