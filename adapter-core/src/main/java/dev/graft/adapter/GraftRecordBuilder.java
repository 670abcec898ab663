package dev.graft.adapter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Collects the fields of a {@link GraftRecord}; used by one thread. What is not set is absent. */
public final class GraftRecordBuilder {
  private @Nullable String baseDigest;
  private @Nullable String tokenizerDigest;
  private @Nullable String pooling;
  private @Nullable String task;
  private @Nullable Integer maxLength;
  private List<String> labels = List.of();
  private ObjectNode training = GraftRecord.newObject();
  private List<Probe> probes = List.of();
  private @Nullable Derivation derivation;
  private ObjectNode extra = GraftRecord.newObject();

  GraftRecordBuilder() {}

  GraftRecordBuilder(GraftRecord record) {
    baseDigest = record.baseDigest().orElse(null);
    tokenizerDigest = record.tokenizerDigest().orElse(null);
    pooling = record.pooling().orElse(null);
    task = record.task().orElse(null);
    maxLength = record.maxLength().orElse(null);
    labels = record.labels();
    training = record.training();
    probes = record.probes();
    derivation = record.derivation().orElse(null);
    extra = record.extra();
  }

  /** Set {@link GraftRecord#baseDigest}. */
  public GraftRecordBuilder baseDigest(@Nullable String baseDigest) {
    this.baseDigest = baseDigest;
    return this;
  }

  /** Set {@link GraftRecord#tokenizerDigest}. */
  public GraftRecordBuilder tokenizerDigest(@Nullable String tokenizerDigest) {
    this.tokenizerDigest = tokenizerDigest;
    return this;
  }

  /** Set {@link GraftRecord#pooling}. */
  public GraftRecordBuilder pooling(@Nullable String pooling) {
    this.pooling = pooling;
    return this;
  }

  /** Set {@link GraftRecord#task}. */
  public GraftRecordBuilder task(@Nullable String task) {
    this.task = task;
    return this;
  }

  /** Set {@link GraftRecord#maxLength}. */
  public GraftRecordBuilder maxLength(@Nullable Integer maxLength) {
    this.maxLength = maxLength;
    return this;
  }

  /** Set {@link GraftRecord#labels}. */
  public GraftRecordBuilder labels(List<String> labels) {
    this.labels = labels;
    return this;
  }

  /** Set {@link GraftRecord#training}. */
  public GraftRecordBuilder training(ObjectNode training) {
    this.training = training;
    return this;
  }

  /** Set {@link GraftRecord#probes}. */
  public GraftRecordBuilder probes(List<Probe> probes) {
    this.probes = probes;
    return this;
  }

  /** Set {@link GraftRecord#derivation}. */
  public GraftRecordBuilder derivation(@Nullable Derivation derivation) {
    this.derivation = derivation;
    return this;
  }

  /** Set {@link GraftRecord#extra}. */
  public GraftRecordBuilder extra(ObjectNode extra) {
    this.extra = extra;
    return this;
  }

  /**
   * Make the record.
   *
   * @throws IllegalArgumentException if a value is out of range; see {@link GraftRecord}
   */
  public GraftRecord build() {
    return new GraftRecord(
        Optional.ofNullable(baseDigest),
        Optional.ofNullable(tokenizerDigest),
        Optional.ofNullable(pooling),
        Optional.ofNullable(task),
        Optional.ofNullable(maxLength),
        labels,
        training,
        probes,
        Optional.ofNullable(derivation),
        extra);
  }
}
