package dev.graft.adapter.algebra;

import dev.graft.adapter.Adapter;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What combining or resizing gave.
 *
 * @param adapter the outcome, with scale 1 in every module and its parents in the record
 * @param relativeError how far the outcome is from the same at full rank: the root of the sum of
 *     squares cut off, over that of all squares, both over all modules; absent where nothing can be
 *     cut off
 * @param moduleErrors the same of each module
 * @param warnings what was noticed and let pass, for people
 */
public record CombinedAdapter(
    Adapter adapter,
    OptionalDouble relativeError,
    List<ModuleError> moduleErrors,
    List<String> warnings) {

  /** Copy the lists. */
  public CombinedAdapter {
    moduleErrors = List.copyOf(moduleErrors);
    warnings = List.copyOf(warnings);
  }

  /**
   * What cutting off the smaller singular values cost in one module.
   *
   * @param module path of the module
   * @param rank rank that is left
   * @param norm Frobenius norm of the update at full rank
   * @param relativeError Frobenius norm of what was cut off, over {@code norm}; 0 for an update of
   *     zero
   */
  public record ModuleError(String module, int rank, double norm, double relativeError) {}

  static OptionalDouble overall(List<ModuleError> errors) {
    double all = 0;
    double lost = 0;
    for (ModuleError error : errors) {
      double square = error.norm() * error.norm();
      all += square;
      lost += square * error.relativeError() * error.relativeError();
    }
    if (errors.isEmpty()) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(all == 0 ? 0 : Math.sqrt(lost / all));
  }
}
