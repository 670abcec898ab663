package dev.graft.adapter;

/**
 * The weights of an adapter, in the way its type has them: factors per module, keys and values per
 * layer.
 *
 * <p>One implementation per adapter type, in the type's own package; an {@link Adapter} holds it
 * together with the configuration and asks it what only the type can say. Implementations are
 * immutable, compare by value, and check when they are made what can be seen without the
 * configuration.
 */
public interface AdapterWeights {

  /**
   * Refuse weights that do not fit their configuration.
   *
   * @throws IllegalArgumentException if the configuration is of another type, or says other shapes
   */
  void check(AdapterConfig config);

  /** What the weights are counted in, for people, in the plural: {@code modules}. */
  String partName();

  /** How many parts there are. */
  int partCount();

  /**
   * How many parts no training can have left as they are, such as LoRA modules whose update is
   * zero.
   */
  int idlePartCount();

  /** What makes a part idle, after "have", for people: {@code an update of zero}. */
  String idleMeaning();

  /** Whether no value is NaN or infinite. */
  boolean isFinite();

  /** The number of values in all parts. */
  long valueCount();

  /**
   * Add to an adapter's identity all that decides what it computes: the number of parts, and for
   * each its name, its values, and what the configuration says of its effect.
   */
  void addTo(CanonicalDigest digest, AdapterConfig config);
}
