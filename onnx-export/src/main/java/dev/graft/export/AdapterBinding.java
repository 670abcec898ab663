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

/**
 * An adapter that was found to belong to a bundle: which of its weights fill which slot.
 *
 * <p>A module of the adapter fills the slot of the same path, or the one slot whose path is the end
 * of the module's (PEFT writes {@code bert.encoder…} for a model with a task head around the
 * encoder).
 */
public final class AdapterBinding {
  /**
   * The head of a classifier.
   *
   * @param tensors the weights {@code [out, in]} and biases {@code [out]} of its layers by the
   *     names of the graph's inputs, as PEFT stores them, in the order of the layers
   * @param labels the names of the last layer's outputs
   */
  public record Head(Map<String, FloatTensor> tensors, List<String> labels) {
    public Head {
      tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
      labels = List.copyOf(labels);
    }

    /** The tensors as graphs take them: weights are {@code [in, out]}. */
    public Map<String, FloatTensor> inputs() {
      Map<String, FloatTensor> inputs = new LinkedHashMap<>(tensors);
      inputs.replaceAll((name, it) -> it.shape().size() == 2 ? it.transposed() : it);
      return inputs;
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
    Optional<Head> head = HeadBinding.of(manifest, adapter);
    return new AdapterBinding(adapter, slots, scales, head, prefix);
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
                  "the adapter was trained with pooling '%s', this bundle pools by '%s'; export one with %s"
                      .formatted(
                          found,
                          manifest.poolingText().orElse("nothing"),
                          HeadBinding.isOfAModel(adapter)
                              ? "--head family"
                              : "--pooling " + found));
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
