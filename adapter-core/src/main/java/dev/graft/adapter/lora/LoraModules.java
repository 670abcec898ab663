package dev.graft.adapter.lora;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.AdapterConfig;
import dev.graft.adapter.AdapterWeights;
import dev.graft.adapter.CanonicalDigest;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The weights of a LoRA adapter: two factors for each adapted module.
 *
 * @param modules the factors by module path; empty for an adapter of saved parameters alone
 */
public record LoraModules(SortedMap<String, LoraWeights> modules) implements AdapterWeights {

  /** Copy the map. */
  public LoraModules {
    modules = Collections.unmodifiableSortedMap(new TreeMap<>(modules));
  }

  /** The weights with these factors by module path. */
  public static LoraModules of(Map<String, LoraWeights> modules) {
    return new LoraModules(new TreeMap<>(modules));
  }

  /** The factors of an adapter's modules; none for an adapter of another type. */
  public static SortedMap<String, LoraWeights> in(Adapter adapter) {
    return adapter.weights() instanceof LoraModules lora
        ? lora.modules()
        : Collections.emptySortedMap();
  }

  @Override
  public void check(AdapterConfig config) {
    LoraConfig lora = asLora(config);
    modules.forEach(
        (module, weights) -> {
          int expected = lora.rankOf(module);
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

  private static LoraConfig asLora(AdapterConfig config) {
    if (config instanceof LoraConfig lora) {
      return lora;
    }
    throw new IllegalArgumentException(
        "LoRA modules need a configuration of type %s, found %s"
            .formatted(LoraConfig.PEFT_TYPE, config.peftType()));
  }

  @Override
  public String partName() {
    return "modules";
  }

  @Override
  public int partCount() {
    return modules.size();
  }

  @Override
  public int idlePartCount() {
    return (int) modules.values().stream().filter(LoraWeights::isZero).count();
  }

  @Override
  public String idleMeaning() {
    return "an update of zero";
  }

  @Override
  public boolean isFinite() {
    return modules.values().stream().allMatch(LoraWeights::isFinite);
  }

  @Override
  public long valueCount() {
    return modules.values().stream()
        .mapToLong(weights -> weights.a().size() + (long) weights.b().size())
        .sum();
  }

  @Override
  public void addTo(CanonicalDigest digest, AdapterConfig config) {
    LoraConfig lora = asLora(config);
    digest.number(modules.size());
    modules.forEach(
        (module, weights) -> {
          digest.text(module);
          digest.number(Double.doubleToLongBits(lora.scaleOf(module)));
          digest.number(lora.fanInFanOut() ? 1 : 0);
          digest.tensor(weights.a());
          digest.tensor(weights.b());
        });
  }
}
