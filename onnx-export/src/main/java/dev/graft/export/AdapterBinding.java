package dev.graft.export;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.NearestNames;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.adapter.prefix.PrefixLayer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * An adapter that was found to belong to a bundle: which of its weights fill which slot.
 *
 * <p>A module of the adapter fills the slot of the same path, or the one slot whose path is the end
 * of the module's (PEFT writes {@code bert.encoder…} for a model with a task head around the
 * encoder).
 */
public final class AdapterBinding {
  private static final String HEAD_WEIGHT = "classifier.weight";
  private static final String HEAD_BIAS = "classifier.bias";

  /** First names of heads that Transformers puts behind an encoder; embeddings do not see them. */
  private static final Set<String> HEADS = Set.of("classifier", "pre_classifier", "score");

  /**
   * The head of a classifier.
   *
   * @param weight {@code [L, H]}, as PEFT stores it
   * @param bias {@code [L]}
   * @param labels {@code L} names
   */
  public record Head(FloatTensor weight, FloatTensor bias, List<String> labels) {
    public Head {
      labels = List.copyOf(labels);
    }
  }

  private final Adapter adapter;
  private final Map<Slot, LoraWeights> slots;
  private final Map<Slot, Double> scales;
  private final Optional<Head> head;
  private final List<PrefixLayer> prefix;

  private AdapterBinding(
      Adapter adapter,
      Map<Slot, LoraWeights> slots,
      Map<Slot, Double> scales,
      Optional<Head> head,
      List<PrefixLayer> prefix) {
    this.adapter = adapter;
    this.slots = Collections.unmodifiableMap(slots);
    this.scales = Collections.unmodifiableMap(scales);
    this.head = head;
    this.prefix = List.copyOf(prefix);
  }

  /**
   * Binds an adapter to a bundle.
   *
   * @throws IncompatibleAdapterException if it was trained for another base or tokenizer, or a
   *     module, the head or the prefix does not fit
   */
  public static AdapterBinding bind(Manifest manifest, Adapter adapter) {
    checkIdentity(manifest, adapter);
    List<PrefixLayer> prefix = PrefixBinding.layers(manifest, adapter);
    Map<Slot, LoraWeights> slots = new LinkedHashMap<>();
    Map<Slot, Double> scales = new LinkedHashMap<>();
    Map<Slot, String> filledBy = new LinkedHashMap<>();
    LoraModules.in(adapter)
        .forEach(
            (module, weights) -> {
              Slot slot = slotOf(manifest, module);
              checkShape(slot, module, weights);
              String other = filledBy.put(slot, module);
              if (other != null) {
                throw new IncompatibleAdapterException(
                    "adapter modules '%s' and '%s' both fill the slot '%s'"
                        .formatted(other, module, slot.module()));
              }
              slots.put(slot, weights);
              scales.put(slot, adapter.scaleOf(module));
            });
    checkSaved(manifest, adapter);
    return new AdapterBinding(adapter, slots, scales, head(manifest, adapter), prefix);
  }

  private static void checkIdentity(Manifest manifest, Adapter adapter) {
    adapter
        .record()
        .baseDigest()
        .filter(found -> !found.equals(manifest.baseDigest()))
        .ifPresent(
            found -> {
              throw new IncompatibleAdapterException(
                  "the adapter was trained for base model %s, this bundle holds %s; use the bundle it was trained on"
                      .formatted(found, manifest.baseDigest()));
            });
    if (manifest.tokenizerDigest().isPresent()) {
      adapter
          .record()
          .tokenizerDigest()
          .filter(found -> !found.equals(manifest.tokenizerDigest().get()))
          .ifPresent(
              found -> {
                throw new IncompatibleAdapterException(
                    "the adapter was trained with tokenizer %s, this bundle holds %s; export the bundle with the same tokenizer.json"
                        .formatted(found, manifest.tokenizerDigest().get()));
              });
    }
    adapter
        .record()
        .pooling()
        .filter(found -> !manifest.poolingText().equals(Optional.of(found)))
        .ifPresent(
            found -> {
              throw new IncompatibleAdapterException(
                  "the adapter was trained with pooling '%s', this bundle pools by '%s'; export one with --pooling %s"
                      .formatted(found, manifest.poolingText().orElse("nothing"), found));
            });
  }

  private static Slot slotOf(Manifest manifest, String module) {
    Optional<Slot> exact = manifest.slot(module);
    if (exact.isPresent()) {
      return exact.get();
    }
    List<Slot> byEnd =
        manifest.slots().stream().filter(s -> module.endsWith("." + s.module())).toList();
    if (byEnd.size() == 1) {
      return byEnd.get(0);
    }
    String last = module.substring(module.lastIndexOf('.') + 1);
    throw new IncompatibleAdapterException(
        "the adapter changes module '%s', and the bundle has no slot for it; export the model again with --targets that include '%s' (%d slots here%s)"
            .formatted(
                module,
                last,
                manifest.slots().size(),
                NearestNames.of(module, manifest.slotModules(), 1).stream()
                    .map(", the nearest is '%s'"::formatted)
                    .findFirst()
                    .orElse("")));
  }

  private static void checkShape(Slot slot, String module, LoraWeights weights) {
    if (weights.in() != slot.in() || weights.out() != slot.out()) {
      throw new IncompatibleAdapterException(
          "adapter module '%s' maps %d to %d features, the slot maps %d to %d; the adapter belongs to a model of another size"
              .formatted(module, weights.in(), weights.out(), slot.in(), slot.out()));
    }
  }

  /** Refuses whole parameters that the bundle's graphs have no place for. */
  private static void checkSaved(Manifest manifest, Adapter adapter) {
    boolean classifies = manifest.task() == Task.TEXT_CLASSIFICATION;
    Set<String> placed = Set.of(HEAD_WEIGHT, HEAD_BIAS);
    for (String name : adapter.saved().keySet()) {
      boolean ignorable = !classifies && HEADS.contains(name.substring(0, firstDot(name)));
      if (!placed.contains(name) && !ignorable) {
        throw new IncompatibleAdapterException(
            "the adapter brings the parameter '%s', and a bundle for %s has no place for it; train it with modules_to_save of at most 'classifier', a single linear layer on the pooled output"
                .formatted(name, manifest.task().text()));
      }
    }
    if (classifies
        && adapter.saved().containsKey(HEAD_BIAS)
        && !adapter.saved().containsKey(HEAD_WEIGHT)) {
      throw new IncompatibleAdapterException(
          "the adapter has '%s' but no '%s'".formatted(HEAD_BIAS, HEAD_WEIGHT));
    }
  }

  private static int firstDot(String name) {
    int dot = name.indexOf('.');
    return dot < 0 ? name.length() : dot;
  }

  private static Optional<Head> head(Manifest manifest, Adapter adapter) {
    FloatTensor weight = adapter.saved().get(HEAD_WEIGHT);
    if (weight == null || manifest.task() != Task.TEXT_CLASSIFICATION) {
      return Optional.empty();
    }
    if (weight.shape().size() != 2
        || weight.shape().get(0) < 1
        || weight.shape().get(1) != manifest.hiddenSize()) {
      throw new IncompatibleAdapterException(
          "the adapter's %s has shape %s, expected [labels, %d] with at least one label"
              .formatted(HEAD_WEIGHT, weight.shape(), manifest.hiddenSize()));
    }
    long count = weight.shape().get(0);
    FloatTensor bias = adapter.saved().getOrDefault(HEAD_BIAS, FloatTensor.zeros(List.of(count)));
    if (!bias.shape().equals(List.of(count))) {
      throw new IncompatibleAdapterException(
          "the adapter's %s has shape %s, its %s has %d rows"
              .formatted(HEAD_BIAS, bias.shape(), HEAD_WEIGHT, count));
    }
    List<String> labels = adapter.record().labels();
    if (labels.isEmpty()) {
      labels = IntStream.range(0, Math.toIntExact(count)).mapToObj("LABEL_%d"::formatted).toList();
    }
    if (labels.size() != count) {
      throw new IncompatibleAdapterException(
          "the adapter names %d labels, its head has %d".formatted(labels.size(), count));
    }
    return Optional.of(new Head(weight, bias, labels));
  }

  public Adapter adapter() {
    return adapter;
  }

  /** The weights in each slot that the adapter fills. */
  public Map<Slot, LoraWeights> slots() {
    return slots;
  }

  /** The factor of {@code B A} in a slot. */
  public double scaleOf(Slot slot) {
    Double scale = scales.get(slot);
    if (scale == null) {
      throw new IllegalArgumentException(
          "the adapter does not fill slot '%s'".formatted(slot.module()));
    }
    return scale;
  }

  /** The classification head, if the bundle classifies and the adapter has one. */
  public Optional<Head> head() {
    return head;
  }

  /** The keys and values of each layer's prefix; none for an adapter of another type. */
  public List<PrefixLayer> prefix() {
    return prefix;
  }

  /** Tokens that the prefix stands for; 0 without one. */
  public int virtualTokens() {
    return prefix.isEmpty() ? 0 : Math.toIntExact(prefix.get(0).key().shape().get(1));
  }
}
