package dev.graft.adapter;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What Graft knows of an adapter and PEFT has no field for: what it belongs to, how it is used,
 * where it comes from.
 *
 * <p>Stored as {@code graft.json}; the format is described in {@code docs/formats/graft-json.md}.
 * Everything is optional, and an adapter that another tool made has an empty record.
 *
 * @param baseDigest identity of the base model's content, {@code sha256:} and 64 hexadecimal digits
 * @param tokenizerDigest identity of the tokenizer's content, in the same form
 * @param pooling how token vectors become one vector
 * @param task what the adapter was trained for, for example {@code text-classification}
 * @param maxLength longest input in tokens
 * @param labels the labels in the order of the output's columns; empty where there are none
 * @param training a free JSON object: steps, epochs, seed, data digest, metrics, toolkit version
 * @param probes inputs with expected outputs
 * @param derivation how the adapter was computed from others; absent for a trained one
 * @param extra fields of {@code graft.json} that this version does not know, kept as they are
 */
public record GraftRecord(
    Optional<String> baseDigest,
    Optional<String> tokenizerDigest,
    Optional<String> pooling,
    Optional<String> task,
    Optional<Integer> maxLength,
    List<String> labels,
    ObjectNode training,
    List<Probe> probes,
    Optional<Derivation> derivation,
    ObjectNode extra) {

  /** The version of {@code graft.json} that this class describes. */
  public static final int FORMAT_VERSION = 1;

  /**
   * Check and copy.
   *
   * @throws IllegalArgumentException if a label is given twice or the longest input is not at least
   *     one token
   */
  public GraftRecord {
    labels = List.copyOf(labels);
    probes = List.copyOf(probes);
    training = training.deepCopy();
    extra = extra.deepCopy();
    Set<String> seen = new HashSet<>();
    for (String label : labels) {
      if (!seen.add(label)) {
        throw new IllegalArgumentException("label \"%s\" is given twice".formatted(label));
      }
    }
    if (maxLength.isPresent() && maxLength.get() < 1) {
      throw new IllegalArgumentException(
          "maxLength must be at least 1, found %d".formatted(maxLength.get()));
    }
  }

  /** A record that says nothing. */
  public static GraftRecord empty() {
    return builder().build();
  }

  /** Start from a record that says nothing. */
  public static GraftRecordBuilder builder() {
    return new GraftRecordBuilder();
  }

  /** Start from this record. */
  public GraftRecordBuilder toBuilder() {
    return new GraftRecordBuilder(this);
  }

  /** Whether this record says nothing. */
  public boolean isEmpty() {
    return equals(empty());
  }

  /** A copy of the training record, the caller's to change. */
  @Override
  public ObjectNode training() {
    return training.deepCopy();
  }

  /** A copy of the unknown fields, the caller's to change. */
  @Override
  public ObjectNode extra() {
    return extra.deepCopy();
  }

  static ObjectNode newObject() {
    return JsonNodeFactory.instance.objectNode();
  }
}
