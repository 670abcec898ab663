package dev.graft.adapter;

import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A trained adapter: configuration, weights, and what Graft knows about it. Immutable; threads may
 * share it.
 *
 * <p>Module paths are those of the model, without the {@code base_model.model.} that PEFT's files
 * put before them. The shapes agree with the configuration; the values are not judged here, see
 * {@link #isEffective()} and {@link #isFinite()}.
 *
 * <p>Nothing here knows the types of adapters: what depends on the type is asked of {@link
 * AdapterWeights}.
 */
public final class Adapter {
  private final AdapterConfig config;
  private final AdapterWeights weights;
  private final SortedMap<String, FloatTensor> saved;
  private final GraftRecord record;
  private final String digest;

  private Adapter(
      AdapterConfig config,
      AdapterWeights weights,
      Map<String, FloatTensor> saved,
      GraftRecord record) {
    this.config = config;
    this.weights = weights;
    this.saved = Collections.unmodifiableSortedMap(new TreeMap<>(saved));
    this.record = record;
    check();
    this.digest = computeDigest();
  }

  /**
   * Make an adapter.
   *
   * @param config its configuration
   * @param weights its weights, of the configuration's type
   * @param saved whole parameters by name, for example {@code classifier.weight [labels, hidden]}
   * @param record what else is known of it
   * @throws IllegalArgumentException if there are neither weights nor a saved parameter, or the
   *     weights do not fit the configuration
   */
  public static Adapter of(
      AdapterConfig config,
      AdapterWeights weights,
      Map<String, FloatTensor> saved,
      GraftRecord record) {
    return new Adapter(config, weights, saved, record);
  }

  private void check() {
    weights.check(config);
    if (weights.partCount() == 0 && saved.isEmpty()) {
      throw new IllegalArgumentException(
          "the adapter is empty: it has neither %s of type %s nor saved parameters"
              .formatted(weights.partName(), config.peftType()));
    }
  }

  /** How the adapter changes its base. */
  public AdapterConfig config() {
    return config;
  }

  /** The weights, as the adapter's type has them. */
  public AdapterWeights weights() {
    return weights;
  }

  /**
   * Parameters that replace the base's or are new, by name, for example {@code classifier.bias
   * [labels]}.
   */
  public SortedMap<String, FloatTensor> saved() {
    return saved;
  }

  /** What Graft knows beyond PEFT's files. */
  public GraftRecord record() {
    return record;
  }

  /** The factor of what the adapter adds to one module, for LoRA that of {@code B * A}. */
  public double scaleOf(String module) {
    return config.scaleOf(module);
  }

  /** This adapter with another record; the digest stays. */
  public Adapter withRecord(GraftRecord other) {
    return new Adapter(config, weights, saved, other);
  }

  /** Whether no weight is NaN or infinite. */
  public boolean isFinite() {
    return weights.isFinite() && saved.values().stream().allMatch(FloatTensor::isFinite);
  }

  /**
   * Whether the adapter carries anything that a training can have left. False for weights of which
   * every part is idle, whatever head they bring, such as a freshly initialised LoRA adapter, whose
   * B are all zero; true for an adapter that consists of saved parameters alone.
   */
  public boolean isEffective() {
    return weights.partCount() == 0 || weights.idlePartCount() < weights.partCount();
  }

  /** Bytes of the weights as 32-bit floats. */
  public long sizeBytes() {
    long values = weights.valueCount();
    for (FloatTensor tensor : saved.values()) {
      values += tensor.size();
    }
    return values * Float.BYTES;
  }

  /**
   * Identity of what the adapter computes: {@code sha256:} and 64 hexadecimal digits over the type,
   * all that decides the effect of the weights (for LoRA each module's path, scale, orientation and
   * factors), and the saved parameters. Two files with the same digest give the same numbers; names
   * in the configuration, file metadata and the record do not count.
   */
  public String digest() {
    return digest;
  }

  private String computeDigest() {
    CanonicalDigest sum = new CanonicalDigest();
    sum.text("graft-adapter-1");
    sum.text(config.peftType());
    weights.addTo(sum, config);
    sum.number(saved.size());
    saved.forEach(
        (name, tensor) -> {
          sum.text(name);
          sum.tensor(tensor);
        });
    return "sha256:" + HexFormat.of().formatHex(sum.bytes());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Adapter that
        && config.equals(that.config)
        && weights.equals(that.weights)
        && saved.equals(that.saved)
        && record.equals(that.record);
  }

  @Override
  public int hashCode() {
    return digest.hashCode();
  }

  @Override
  public String toString() {
    return "Adapter[%s, %d %s, %d saved parameters, %s]"
        .formatted(
            config.peftType(), weights.partCount(), weights.partName(), saved.size(), digest);
  }
}
