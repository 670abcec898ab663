package dev.graft.store.archive;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A version in an archive, with the columns of {@link dev.graft.store.model.Version}.
 *
 * @param adapter of which of the tenant's adapters
 * @param number within its adapter
 * @param state {@code active}, {@code deprecated} or {@code blocked}
 * @param digest of what it computes
 * @param manifest digest of its manifest
 * @param baseDigest the base it belongs to
 * @param tokenizerDigest the tokenizer it belongs to
 * @param type PEFT's name of its type
 * @param rank LoRA's rank, or the number of virtual tokens
 * @param sizeBytes bytes of all its files
 * @param metrics how good it is, by name
 * @param author who published it
 * @param time when
 * @param note why
 * @param tags by name
 * @param parents what it was made from, as far as that is in the archive
 * @param parentsLeftOut how many of its parents are not: deleted ones, and those of other tenants,
 *     whom an archive does not name
 * @param files its files, the manifest among them, by name
 * @param signatures those it has, by key
 */
public record ArchivedVersion(
    String adapter,
    int number,
    String state,
    String digest,
    String manifest,
    String baseDigest,
    String tokenizerDigest,
    String type,
    int rank,
    long sizeBytes,
    SortedMap<String, Double> metrics,
    String author,
    Instant time,
    String note,
    List<String> tags,
    List<ArchivedParent> parents,
    int parentsLeftOut,
    List<ArchivedFile> files,
    List<ArchivedSignature> signatures) {
  /** Copy the collections. */
  public ArchivedVersion {
    metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
    tags = List.copyOf(tags);
    parents = List.copyOf(parents);
    files = List.copyOf(files);
    signatures = List.copyOf(signatures);
  }

  /** Which version it is, within its tenant. */
  public String label() {
    return adapter + "@" + number;
  }

  /**
   * A version of the same tenant that another was made from.
   *
   * @param adapter the parent's adapter
   * @param version the parent's number
   * @param relation how the child came of it
   * @param weight the parent's share in a merge; null for none
   */
  public record ArchivedParent(
      String adapter,
      int version,
      String relation,
      @JsonSetter(nulls = Nulls.SET) @Nullable Double weight) {}

  /**
   * A file.
   *
   * @param name its name in an adapter's directory
   * @param digest of its content
   * @param sizeBytes of its content
   */
  public record ArchivedFile(String name, String digest, long sizeBytes) {}

  /**
   * A signature. Which keys are trusted is not in an archive: that is decided where it is imported.
   *
   * @param keyId the key that is said to have signed
   * @param envelope what was signed, with the signature: a DSSE envelope, as JSON
   * @param author who added it
   * @param time when it was added
   */
  public record ArchivedSignature(String keyId, String envelope, String author, Instant time) {
    /** Whether an archive may have it. */
    public boolean mayBeArchived() {
      try {
        ArchivedSignatureCheck.check(this);
        return true;
      } catch (IllegalArgumentException e) {
        return false;
      }
    }
  }
}
