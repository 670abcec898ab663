package dev.graft.export;

import dev.graft.adapter.TargetModules;
import dev.graft.inject.Pooling;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What to export.
 *
 * @param targets the modules that get a slot
 * @param excludeModules modules that get none, whatever {@code targets} says
 * @param pooling how an encoder's token vectors become one; the mean where absent. Graft's own head
 *     only: a family's has its own way
 * @param head the head of a classifier; where absent it is the family's if the checkpoint brings
 *     one and no pooling is asked for, else Graft's own
 * @param maxLength the most tokens of a text; found in the model where absent
 * @param adapterTypes PEFT's names of the adapter types to export graphs for; all that the task has
 *     where empty
 */
public record ExportOptions(
    Task task,
    Optional<Pooling> pooling,
    Optional<HeadStyle> head,
    TargetModules targets,
    Optional<TargetModules> excludeModules,
    OptionalInt maxLength,
    Set<String> adapterTypes) {

  public ExportOptions {
    adapterTypes = Set.copyOf(adapterTypes);
    if (maxLength.isPresent() && maxLength.getAsInt() < 1) {
      throw new IllegalArgumentException(
          "max length must be at least 1, found %d".formatted(maxLength.getAsInt()));
    }
  }

  /** Every linear module, so that any choice of targets can be trained. */
  public static ExportOptions of(Task task) {
    return new ExportOptions(
        task,
        Optional.empty(),
        Optional.empty(),
        new TargetModules.AllLinear(),
        Optional.empty(),
        OptionalInt.empty(),
        Set.of());
  }

  public ExportOptions withPooling(Pooling other) {
    return new ExportOptions(
        task, Optional.of(other), head, targets, excludeModules, maxLength, adapterTypes);
  }

  public ExportOptions withHead(HeadStyle other) {
    return new ExportOptions(
        task, pooling, Optional.of(other), targets, excludeModules, maxLength, adapterTypes);
  }

  public ExportOptions withTargets(TargetModules other) {
    return new ExportOptions(task, pooling, head, other, excludeModules, maxLength, adapterTypes);
  }

  public ExportOptions withMaxLength(int tokens) {
    return new ExportOptions(
        task, pooling, head, targets, excludeModules, OptionalInt.of(tokens), adapterTypes);
  }

  public ExportOptions withAdapterTypes(Set<String> others) {
    return new ExportOptions(task, pooling, head, targets, excludeModules, maxLength, others);
  }
}
