package dev.graft.store.model;

import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One immutable version of an adapter; only its {@link #state} ever changes.
 *
 * @param adapter of which adapter
 * @param number 1 for the first; of a tenant that was imported, those it had deleted are missing
 * @param state what may be done with it
 * @param digest identity of what it computes, see {@code dev.graft.adapter.Adapter#digest}
 * @param manifest digest of the manifest blob, which lists the files: the identity of its bytes
 * @param baseDigest the base it belongs to
 * @param tokenizerDigest the tokenizer it belongs to
 * @param type PEFT's name of its type, such as {@code LORA}
 * @param rank LoRA's rank, or the number of virtual tokens of a prefix
 * @param sizeBytes bytes of all its files
 * @param metrics how good it is, by name, such as {@code evalAccuracy}
 * @param author who published it
 * @param time when; order is by {@link #sequence}, since clocks go backwards
 * @param note why
 * @param sequence number of the audit line that records the publication
 */
public record Version(
    AdapterName adapter,
    int number,
    VersionState state,
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
    long sequence) {

  /** Copy the metrics, sorted. */
  public Version {
    metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
  }

  /** The reference that always means this version. */
  public AdapterReference reference() {
    return adapter.version(number);
  }
}
