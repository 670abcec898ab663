package dev.graft.export;

import dev.graft.adapter.TargetModules;
import dev.graft.inject.Pooling;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What to export.
 *
 * @param targets the modules that get a slot
 * @param excludeModules modules that get none, whatever {@code targets} says
 * @param maxLength the most tokens of a text; found in the model where absent
 */
public record ExportOptions(
    Task task,
    Pooling pooling,
    TargetModules targets,
    Optional<TargetModules> excludeModules,
    OptionalInt maxLength) {

  public ExportOptions {
    if (maxLength.isPresent() && maxLength.getAsInt() < 1) {
      throw new IllegalArgumentException(
          "max length must be at least 1, found %d".formatted(maxLength.getAsInt()));
    }
  }

  /** Mean pooling and every linear module, so that any choice of targets can be trained. */
  public static ExportOptions of(Task task) {
    return new ExportOptions(
        task, Pooling.MEAN, new TargetModules.AllLinear(), Optional.empty(), OptionalInt.empty());
  }

  public ExportOptions withPooling(Pooling other) {
    return new ExportOptions(task, other, targets, excludeModules, maxLength);
  }

  public ExportOptions withTargets(TargetModules other) {
    return new ExportOptions(task, pooling, other, excludeModules, maxLength);
  }
}
