package dev.graft.adapter;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the modules that get an adapter, by PEFT's rules ({@code check_target_module_exists},
 * PEFT 0.19).
 *
 * <p>In order: an excluded module is out; a module inside {@code modules_to_save} is out; a regular
 * expression must match the whole path; an entry of a list must equal the path or be its end after
 * a dot. Layers are chosen only among modules found by the end of their path: a path written out in
 * full is meant as it stands.
 *
 * <p>Stricter than PEFT in one point: each entry of a list must match something, because a target
 * that silently does nothing is nearly always a typing error.
 */
public final class ModuleMatcher {
  /** Heads that {@code all-linear} leaves alone in a SEQ_CLS model, as PEFT does. */
  private static final Set<String> CLASSIFICATION_HEADS = Set.of("score", "classifier");

  private final TargetedConfig config;

  private ModuleMatcher(TargetedConfig config) {
    this.config = config;
  }

  /** Match with the targets, exclusions, layers and saved modules of {@code config}. */
  public static ModuleMatcher of(TargetedConfig config) {
    return new ModuleMatcher(config);
  }

  /** As {@link #match(Collection, String)} for a model without a head among its linear modules. */
  public List<String> match(Collection<String> linearModules) {
    return match(linearModules, null);
  }

  /**
   * Choose among a model's linear modules, keeping their order.
   *
   * @param linearModules paths such as {@code encoder.layer.0.attention.self.query}
   * @param outputHead the path of the module that computes the model's output, which {@code
   *     all-linear} leaves alone
   * @throws IllegalArgumentException if nothing matches, or an entry of the target list matches
   *     nothing; the message offers near names
   */
  public List<String> match(Collection<String> linearModules, @Nullable String outputHead) {
    if (config.targets() instanceof TargetModules.Suffixes suffixes) {
      requireEachMatches(suffixes, linearModules);
    }
    List<String> matched =
        linearModules.stream().filter(module -> matches(module, outputHead)).toList();
    if (matched.isEmpty()) {
      throw new IllegalArgumentException(
          "no linear module matches %s; %s"
              .formatted(describe(config.targets()), lastNames(linearModules)));
    }
    return matched;
  }

  /**
   * Whether one module gets an adapter; {@code all-linear} takes every module but a classification
   * head.
   */
  public boolean matches(String module) {
    return matches(module, null);
  }

  private boolean matches(String module, @Nullable String outputHead) {
    if (isExcluded(module)) {
      return false;
    }
    TargetModules targets = config.targets();
    if (targets instanceof TargetModules.Regex regex) {
      return ModulePattern.fullMatch(regex.pattern(), module);
    }
    if (targets instanceof TargetModules.Suffixes suffixes) {
      return suffixes.names().contains(module)
          || (endsInOneOf(suffixes.names(), module) && isChosenLayer(module));
    }
    boolean isHead =
        module.equals(outputHead)
            || (outputHead == null
                && config.taskType().filter("SEQ_CLS"::equals).isPresent()
                && CLASSIFICATION_HEADS.contains(module));
    return !isHead;
  }

  private boolean isExcluded(String module) {
    TargetModules excluded = config.excludeModules();
    if (excluded instanceof TargetModules.Regex regex
        && ModulePattern.fullMatch(regex.pattern(), module)) {
      return true;
    }
    if (excluded instanceof TargetModules.Suffixes suffixes
        && (suffixes.names().contains(module) || endsInOneOf(suffixes.names(), module))) {
      return true;
    }
    return config.modulesToSave().stream()
        .anyMatch(saved -> ModulePattern.fullMatch("(|.*\\.)" + saved + "(|\\..*)", module));
  }

  private static boolean endsInOneOf(List<String> names, String module) {
    return names.stream().anyMatch(name -> module.endsWith("." + name));
  }

  private boolean isChosenLayer(String module) {
    List<Integer> layers = config.layersToTransform();
    if (layers.isEmpty()) {
      return true;
    }
    // PEFT wants a dot before the container's name, so a path that begins with "layers.0." has no
    // layer number.
    List<String> containers =
        config.layersPattern().isEmpty() ? List.of("[^.]*") : config.layersPattern();
    for (String container : containers) {
      String number =
          ModulePattern.groupAtStart(
              ".*\\.(?:" + container + ")\\.(?<layerNumber>\\d+)\\.", "layerNumber", module);
      if (!number.isEmpty()) {
        return layers.stream().anyMatch(layer -> isNumber(number, layer));
      }
    }
    return false;
  }

  private static boolean isNumber(String digits, int number) {
    return new BigInteger(digits).equals(BigInteger.valueOf(number));
  }

  private void requireEachMatches(
      TargetModules.Suffixes suffixes, Collection<String> linearModules) {
    List<String> problems = new ArrayList<>();
    for (String name : suffixes.names()) {
      List<String> named =
          linearModules.stream().filter(m -> m.equals(name) || m.endsWith("." + name)).toList();
      if (named.isEmpty()) {
        String suggestion = NearestNames.suggestion(name, candidates(name, linearModules));
        problems.add(
            "target \"%s\" matches no linear module%s"
                .formatted(name, suggestion.isEmpty() ? "" : "; " + suggestion));
      } else if (named.stream().noneMatch(module -> matches(module, null))) {
        problems.add(
            ("target \"%s\" matches %d modules, such as \"%s\", but exclude_modules, "
                    + "modules_to_save or layers_to_transform leave none of them")
                .formatted(name, named.size(), named.get(0)));
      }
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          String.join("; ", problems) + "; " + lastNames(linearModules));
    }
  }

  /** The ends of all paths with as many components as {@code name} has. */
  private static Set<String> candidates(String name, Collection<String> modules) {
    long dots = name.chars().filter(c -> c == '.').count();
    return modules.stream().map(module -> lastComponents(module, dots)).collect(Collectors.toSet());
  }

  private static String lastComponents(String module, long dots) {
    int from = module.length();
    for (long i = 0; i <= dots && from >= 0; i++) {
      from = module.lastIndexOf('.', from - 1);
    }
    return module.substring(from + 1);
  }

  private static String lastNames(Collection<String> modules) {
    if (modules.isEmpty()) {
      return "the model has no linear modules";
    }
    return modules.stream()
        .map(module -> lastComponents(module, 0))
        .distinct()
        .sorted()
        .map("\"%s\""::formatted)
        .collect(Collectors.joining(", ", "the model's linear modules are named ", ""));
  }

  private static String describe(TargetModules targets) {
    if (targets instanceof TargetModules.Regex regex) {
      return "the target pattern \"" + regex.pattern() + '"';
    }
    return targets instanceof TargetModules.Suffixes suffixes
        ? "the targets " + suffixes.names()
        : "all-linear";
  }
}
