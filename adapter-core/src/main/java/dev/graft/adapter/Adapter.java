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
 */
public final class Adapter {
  private final AdapterConfig config;
  private final SortedMap<String, LoraWeights> lora;
  private final SortedMap<String, FloatTensor> saved;
  private final GraftRecord record;
  private final String digest;

  private Adapter(
      AdapterConfig config,
      Map<String, LoraWeights> lora,
      Map<String, FloatTensor> saved,
      GraftRecord record) {
    this.config = config;
    this.lora = Collections.unmodifiableSortedMap(new TreeMap<>(lora));
    this.saved = Collections.unmodifiableSortedMap(new TreeMap<>(saved));
    this.record = record;
    check();
    this.digest = computeDigest();
  }

  /**
   * Make an adapter.
   *
   * @param config its configuration
   * @param lora the factors per module path
   * @param saved whole parameters by name, for example {@code classifier.weight [labels, hidden]}
   * @param record what else is known of it
   * @throws IllegalArgumentException if there is neither a module nor a saved parameter, or the
   *     rank of a module is not the configuration's
   */
  public static Adapter of(
      AdapterConfig config,
      Map<String, LoraWeights> lora,
      Map<String, FloatTensor> saved,
      GraftRecord record) {
    return new Adapter(config, lora, saved, record);
  }

  private void check() {
    if (lora.isEmpty() && saved.isEmpty()) {
      throw new IllegalArgumentException(
          "the adapter is empty: it has neither LoRA modules nor saved parameters");
    }
    if (config instanceof LoraConfig loraConfig) {
      lora.forEach(
          (module, weights) -> {
            int expected = loraConfig.rankOf(module);
            if (weights.rank() != expected) {
              throw new IllegalArgumentException(
                  "module \"%s\" has rank %d (A %s, B %s), but the configuration says %d"
                      .formatted(
                          module,
                          weights.rank(),
                          weights.a().shape(),
                          weights.b().shape(),
                          expected));
            }
          });
    }
  }

  /** How the adapter changes its base. */
  public AdapterConfig config() {
    return config;
  }

  /** The factors of each adapted module, by module path. */
  public SortedMap<String, LoraWeights> lora() {
    return lora;
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

  /** The factor of {@code B * A} for one module. */
  public double scaleOf(String module) {
    return config instanceof LoraConfig loraConfig ? loraConfig.scaleOf(module) : 1;
  }

  /** This adapter with another record; the digest stays. */
  public Adapter withRecord(GraftRecord other) {
    return new Adapter(config, lora, saved, other);
  }

  /** Whether no weight is NaN or infinite. */
  public boolean isFinite() {
    return lora.values().stream().allMatch(LoraWeights::isFinite)
        && saved.values().stream().allMatch(FloatTensor::isFinite);
  }

  /**
   * Whether some module changes what the base computes. False for a freshly initialised adapter,
   * whose B are all zero, whatever head it brings; true for one that consists of saved parameters
   * alone.
   */
  public boolean isEffective() {
    return lora.isEmpty() || lora.values().stream().anyMatch(weights -> !weights.isZero());
  }

  /** Bytes of the weights as 32-bit floats. */
  public long sizeBytes() {
    long values = 0;
    for (LoraWeights weights : lora.values()) {
      values += weights.a().size() + (long) weights.b().size();
    }
    for (FloatTensor tensor : saved.values()) {
      values += tensor.size();
    }
    return values * Float.BYTES;
  }

  /**
   * Identity of what the adapter computes: {@code sha256:} and 64 hexadecimal digits over the type,
   * each module's path, scale, orientation and factors, and the saved parameters. Two files with
   * the same digest give the same numbers; names in the configuration, file metadata and the record
   * do not count.
   */
  public String digest() {
    return digest;
  }

  private String computeDigest() {
    CanonicalDigest sum = new CanonicalDigest();
    sum.text("graft-adapter-1");
    sum.text(config.peftType());
    boolean flipped = config instanceof LoraConfig loraConfig && loraConfig.fanInFanOut();
    sum.number(lora.size());
    lora.forEach(
        (module, weights) -> {
          sum.text(module);
          sum.number(Double.doubleToLongBits(scaleOf(module)));
          sum.number(flipped ? 1 : 0);
          sum.tensor(weights.a());
          sum.tensor(weights.b());
        });
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
        && lora.equals(that.lora)
        && saved.equals(that.saved)
        && record.equals(that.record);
  }

  @Override
  public int hashCode() {
    return digest.hashCode();
  }

  @Override
  public String toString() {
    return "Adapter[%s, %d modules, %d saved parameters, %s]"
        .formatted(config.peftType(), lora.size(), saved.size(), digest);
  }
}
