package dev.graft.store;

import dev.graft.adapter.algebra.LoraDifference;
import dev.graft.store.model.Version;
import java.util.List;
import java.util.Optional;

/**
 * What two versions do not have in common.
 *
 * @param one the first
 * @param other the second
 * @param configuration fields of {@code adapter_config.json} that differ, by name
 * @param metrics all metrics of either, by name
 * @param modules the updates of modules that both have in equal shapes, by module; none for types
 *     other than LoRA
 * @param onlyInOne modules that only the first has, or in another shape
 * @param onlyInOther modules that only the second has, or in another shape
 */
public record VersionDiff(
    Version one,
    Version other,
    List<Field> configuration,
    List<Metric> metrics,
    List<LoraDifference> modules,
    List<String> onlyInOne,
    List<String> onlyInOther) {
  /** Copy the lists. */
  public VersionDiff {
    configuration = List.copyOf(configuration);
    metrics = List.copyOf(metrics);
    modules = List.copyOf(modules);
    onlyInOne = List.copyOf(onlyInOne);
    onlyInOther = List.copyOf(onlyInOther);
  }

  /**
   * A field of the configuration.
   *
   * @param name its name, with those of the objects around it and dots between
   * @param one its JSON in the first; empty where it is missing
   * @param other its JSON in the second
   */
  public record Field(String name, Optional<String> one, Optional<String> other) {}

  /**
   * A metric.
   *
   * @param name its name
   * @param one of the first; empty where it has none
   * @param other of the second
   */
  public record Metric(String name, Optional<Double> one, Optional<Double> other) {}
}
