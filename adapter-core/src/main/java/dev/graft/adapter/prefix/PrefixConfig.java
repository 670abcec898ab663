package dev.graft.adapter.prefix;

import dev.graft.adapter.AdapterConfig;
import java.util.List;
import java.util.Optional;

/**
 * Configuration of a prefix: the shape of its keys and values, which is all there is to choose.
 *
 * <p>PEFT's {@code prefix_projection} and {@code encoder_hidden_size} have no place here: they say
 * how a prefix is computed while PEFT trains it, and PEFT saves what they computed.
 *
 * @param virtualTokens tokens the prefix stands for
 * @param layers layers of the base, each of which has a part of the prefix
 * @param kvHeads heads of keys and values; PEFT's {@code num_attention_heads}
 * @param headDim values of one head
 * @param modulesToSave modules trained whole and stored beside the prefix
 * @param taskType PEFT's task type
 * @param baseModelName name or path of the base model, a hint for people
 * @param revision revision of the base model, a hint for people
 */
public record PrefixConfig(
    int virtualTokens,
    int layers,
    int kvHeads,
    int headDim,
    List<String> modulesToSave,
    Optional<String> taskType,
    Optional<String> baseModelName,
    Optional<String> revision)
    implements AdapterConfig {

  /** PEFT's name of this adapter type. */
  public static final String PEFT_TYPE = "PREFIX_TUNING";

  /** PEFT's task of a decoder; without a task PEFT loads a prefix but does not use it. */
  public static final String DEFAULT_TASK = "CAUSAL_LM";

  /** The most values of a prefix; a Java array holds no more. */
  private static final long MAX_VALUES = Integer.MAX_VALUE - 8;

  /**
   * Check and copy.
   *
   * @throws IllegalArgumentException if a size is not at least 1, or the prefix has more values
   *     than a Java array
   */
  public PrefixConfig {
    modulesToSave = List.copyOf(modulesToSave);
    checkSize("the number of virtual tokens", virtualTokens);
    checkSize("the number of layers", layers);
    checkSize("the number of key and value heads", kvHeads);
    checkSize("the size of a head", headDim);
    checkTotal(virtualTokens, layers, kvHeads, headDim);
  }

  private static void checkSize(String what, int size) {
    if (size < 1) {
      throw new IllegalArgumentException("%s must be at least 1, found %d".formatted(what, size));
    }
  }

  private static void checkTotal(int virtualTokens, int layers, int kvHeads, int headDim) {
    // Stepwise, since the whole product may not even fit a long.
    long values = 2;
    for (int size : new int[] {virtualTokens, layers, kvHeads, headDim}) {
      values *= size;
      if (values > MAX_VALUES) {
        throw new IllegalArgumentException(
            ("a prefix of %d virtual tokens, %d layers, %d heads and %d values in each has more "
                    + "than %d values; use fewer virtual tokens")
                .formatted(virtualTokens, layers, kvHeads, headDim, MAX_VALUES));
      }
    }
  }

  /** A prefix of this shape for a decoder, with nothing said of the base. */
  public static PrefixConfig of(int virtualTokens, int layers, int kvHeads, int headDim) {
    return new PrefixConfig(
        virtualTokens,
        layers,
        kvHeads,
        headDim,
        List.of(),
        Optional.of(DEFAULT_TASK),
        Optional.empty(),
        Optional.empty());
  }

  /** This configuration with the name or path of the base model. */
  public PrefixConfig withBaseModelName(String name) {
    return new PrefixConfig(
        virtualTokens,
        layers,
        kvHeads,
        headDim,
        modulesToSave,
        taskType,
        Optional.of(name),
        revision);
  }

  @Override
  public String peftType() {
    return PEFT_TYPE;
  }

  /** PEFT's {@code token_dim}: values of all heads of one token's key, or of its value. */
  public int tokenDim() {
    return kvHeads * headDim;
  }

  /** The shape of one layer's keys, and of its values: {@code [kv_heads, virtual, head_dim]}. */
  public List<Long> layerShape() {
    return List.of((long) kvHeads, (long) virtualTokens, (long) headDim);
  }
}
